/**
 * The events of a platform as lines of its log. Info is what an operator acts on, so that a quiet day is quiet.
 */
import diagnostics from 'node:diagnostics_channel'
import { redactedText } from '../inspect/analysis/redact.ts'
import type { PlatformEvent } from '../platform/api.ts'
import type { Platform } from '../platform/platform.ts'
import type { Presented } from '../platform/presented.ts'
import { type Level, type Log, Repeats } from './log.ts'

type Line = readonly [level: Level, message: string, repeats?: string]

/** Logs what happens until the returned function is called. */
export function logEvents(platform: Platform, log: Log, now: () => number): () => void {
  const repeats = new Repeats(log, now)
  const reading = new AbortController()
  const timer = setInterval(() => repeats.flush(), 10_000)
  timer.unref()
  void (async () => {
    for await (const event of platform.events({ signal: reading.signal })) {
      if (event.name === 'gap')
        log.warn({ event: 'gap', missed: event.missed }, `${event.missed} events were not logged`)
      else writeEvent(event, log, repeats)
    }
  })()
  const untap = log.enabled('trace') ? traceMessages(log) : () => {}
  return () => {
    reading.abort()
    clearInterval(timer)
    untap()
    repeats.flush(true)
  }
}

function writeEvent(event: PlatformEvent, log: Log, repeats: Repeats): void {
  const { id: _, at: __, name, ...data } = event
  const [level, message, kind] = lineOf(event)
  const details = { event: name, ...data }
  if (kind === undefined) log.write(level, details, message)
  else repeats.write(`${name} ${kind}`, level, details, message)
}

function lineOf(event: PlatformEvent): Line {
  switch (event.name) {
    case 'device.online':
      return ['info', `device ${event.deviceId} is online at ${event.address} (${event.transport})`]
    case 'device.offline':
      return [event.reason === 'unregistered' ? 'info' : 'warn', `device ${event.deviceId} is offline: ${event.reason}`]
    case 'device.silent':
      return ['debug', `device ${event.deviceId} is silent since ${event.lastKeepaliveAt}`]
    case 'device.challenged':
      return ['debug', `device ${event.deviceId} at ${event.address} was challenged`, event.address]
    case 'device.updated':
      return ['debug', `device ${event.deviceId} was updated`]
    case 'registration.rejected': {
      const { deviceId, address, status, reason, hint, presented } = event
      const differs = presented === null || presented.differs.length === 0 ? '' : ` (${differing(presented)})`
      return [
        'warn',
        `REGISTER of ${deviceId} at ${address} refused: ${status} ${reason}${differs}. ${hint}`,
        `${hostOf(address)} ${reason}`,
      ]
    }
    case 'catalog.committed':
      return ['info', `device ${event.deviceId} has ${event.received} ${event.received === 1 ? 'channel' : 'channels'}`]
    case 'catalog.partial':
      return ['warn', `catalog of ${event.deviceId} is partial: ${event.received} of ${event.sumNum ?? 'unknown'}`]
    case 'query.failed':
      return ['warn', `${event.cmdType} of ${event.deviceId} failed: ${event.reason}`]
    case 'message.noted':
      return [
        'debug',
        `message from ${event.address}: ${event.code}: ${event.detail}`,
        `${hostOf(event.address)} ${event.code}`,
      ]
    case 'actor.crashed':
      return ['error', `${event.machine} ${event.actorId} crashed: ${event.message}`]
    default:
      return sessionLine(event)
  }
}

type SessionEvent = Extract<PlatformEvent, { sessionId: string }>

function sessionLine(event: SessionEvent): Line {
  const what = `session ${event.sessionId} of channel ${event.channelId} on ${event.deviceId}`
  switch (event.name) {
    case 'session.created':
      return ['debug', `${what} was created`]
    case 'session.started':
      return ['info', `${what} plays`]
    case 'session.failed': {
      const { reason, message, hint } = event.failure
      return ['warn', `${what} failed: ${reason}: ${message} ${hint}`]
    }
    case 'session.ended':
      return ['info', `${what} has ended`]
  }
}

/** What differs of a REGISTER, and which password was tried. */
function differing({ differs, passwordFrom }: Presented): string {
  const inputs = differs.map((input) => {
    if (input !== 'password') return input
    return passwordFrom === 'authenticate' ? 'password' : `password, tried: ${passwordOption(passwordFrom)}`
  })
  return `differs: ${inputs.join(', ')}`
}

const passwordOption = (from: Presented['passwordFrom']): string =>
  from === 'passwords' ? 'its own of --password-file' : 'the common one of --password'

const hostOf = (address: string): string => address.replace(/:\d+$/, '')

/** Whole messages, without what would let a reader register in their sender's place. */
function traceMessages(log: Log): () => void {
  const listener = (direction: 'in' | 'out') => (message: unknown) => {
    const bytes = bytesOf(message)
    if (bytes !== undefined)
      log.trace({ event: `sip.${direction}` }, `${direction}\n${withoutProof(redactedText(bytes))}`)
  }
  const taps = (['in', 'out'] as const).map((direction) => ({
    name: `gb28181:sip:${direction}`,
    tap: listener(direction),
  }))
  for (const { name, tap } of taps) diagnostics.subscribe(name, tap)
  return () => {
    for (const { name, tap } of taps) diagnostics.unsubscribe(name, tap)
  }
}

function bytesOf(message: unknown): Buffer | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { bytes } = message as { bytes?: unknown }
  return Buffer.isBuffer(bytes) ? bytes : undefined
}

/** A log lives longer than a report: the client's nonce goes too. */
const withoutProof = (text: string): string => text.replace(/(response|cnonce)="?[^",\s]*"?/gi, '$1="…"')
