/** The events of simulated devices as lines for people. */
import type { DeviceEvent, DeviceSummary, EventGap } from '../device/index.ts'
import { type Endpoint, endpointText } from '../engine/network.ts'

/** What is tried before anything has happened: a server that is silent is noticed after half a minute only. */
export function beginning(
  server: Endpoint,
  transport: 'udp' | 'tcp',
  [first = '', ...more]: readonly string[],
): string {
  const who = more.length === 0 ? first : `${first} to ${more.at(-1)}`
  return `registering with ${endpointText(server)} over ${transport.toUpperCase()} as ${who}`
}

/** Undefined for what happens all the time. */
export function textOf(event: DeviceEvent | EventGap): string | undefined {
  if (event.name === 'gap') return `${event.missed} events were not shown`
  const what = lineOf(event)
  return what === undefined ? undefined : `${event.at} ${what}`
}

function lineOf(event: DeviceEvent): string | undefined {
  switch (event.name) {
    case 'registered':
      return event.refresh ? undefined : `${event.deviceId} registered for ${event.expires} s`
    case 'registration.failed': {
      const status = event.status === null ? '' : ` (${event.status})`
      return `${event.deviceId} could not register: ${event.reason}${status}. ${event.hint} Again in ${Math.round(event.retryIn)} s.`
    }
    case 'lost':
      return `${event.deviceId} lost the platform: ${event.reason}`
    case 'unregistered':
      return `${event.deviceId} unregistered`
    case 'query.received':
      return `${event.deviceId} was asked for ${event.cmdType}`
    case 'session.started':
      return `${event.deviceId} sends channel ${event.channelId} to ${event.to}, SSRC ${event.ssrc}`
    case 'session.ended':
      return `${event.deviceId} stopped sending channel ${event.channelId}: ${event.why}, ${event.packets} packets`
    case 'actor.crashed':
      return `${event.machine} ${event.actorId} crashed: ${event.message}`
    case 'engine.trouble':
      return `trouble on ${event.address}: ${event.message}`
    default:
      return undefined
  }
}

export function summaryText(summary: DeviceSummary): string {
  const { devices, registered, registrations, failed, keepalives, sessions, packets } = summary
  const failures = Object.entries(failed).map(([reason, count]) => `${reason} ×${count}`)
  return [
    `${registered} of ${devices} registered (${registrations} registrations${failures.length === 0 ? '' : `, failed: ${failures.join(', ')}`})`,
    `keepalives ${keepalives.answered}/${keepalives.sent}`,
    `sessions ${sessions.started} started, ${sessions.active} running`,
    `${packets} RTP packets`,
  ].join('; ')
}
