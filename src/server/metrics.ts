/**
 * `/metrics` in Prometheus' text format, names and labels as in USABILITY.md 5. No label names a device, a channel, a
 * Call-ID or an address, and every outcome is there from the first scrape on.
 *
 * Gauges are read off the platform when they are asked for; counters of the engine are its own; outcomes are counted
 * from the platform's events.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { SessionFailure } from '../../machines/dialog/inviting.ts'
import type { OfflineReason } from '../../machines/registration/registration.ts'
import type { DeviceState, SessionState } from '../platform/api.ts'
import type { ServedPlatform } from './served.ts'

type Labels = Readonly<Record<string, string>>
type Sample = { readonly labels: Labels; readonly value: number }

const deviceStates: readonly DeviceState[] = ['challenged', 'online', 'silent', 'offline']
const sessionStates: readonly SessionState[] = ['inviting', 'early', 'confirmed', 'ending', 'ended', 'failed']
const offlineReasons: readonly OfflineReason[] = ['keepalive-missed', 'expired', 'unregistered', 'connection-closed']
const registrationResults = ['online', 'challenged', 'rejected'] as const
const failures: Readonly<Record<SessionFailure, true>> = {
  'no-provisional': true,
  'no-final': true,
  rejected: true,
  'ack-not-sent': true,
  'no-media': true,
  'ssrc-mismatch': true,
  'media-undecodable': true,
  'media-port-unavailable': true,
  'media-server-unreachable': true,
  cancelled: true,
  'device-offline': true,
  'bye-by-device': true,
}

export interface MetricsOptions {
  readonly version: string
  /** How many read the events now. */
  readonly eventReaders: () => number
  readonly liveReaders: () => number
}

export class Metrics {
  readonly #platform: ServedPlatform
  readonly #options: MetricsOptions
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>
  readonly #stop: readonly (() => void)[]
  readonly #registrations = new Map<string, number>(registrationResults.map((result) => [result, 0]))
  readonly #offline = new Map<string, number>(offlineReasons.map((reason) => [reason, 0]))
  readonly #sessions = new Map<string, number>(['success', ...Object.keys(failures)].map((outcome) => [outcome, 0]))
  readonly #failedQueries = new Map<string, number>()

  constructor(platform: ServedPlatform, options: MetricsOptions) {
    this.#platform = platform
    this.#options = options
    this.#delay = monitorEventLoopDelay({ resolution: 20 })
    this.#delay.enable()
    this.#stop = [
      platform.on('device.online', () => increase(this.#registrations, 'online')),
      platform.on('device.challenged', () => increase(this.#registrations, 'challenged')),
      platform.on('registration.rejected', () => increase(this.#registrations, 'rejected')),
      platform.on('device.offline', ({ reason }) => increase(this.#offline, reason)),
      platform.on('session.ended', ({ failure }) => increase(this.#sessions, failure?.reason ?? 'success')),
      platform.on('query.failed', ({ reason }) => increase(this.#failedQueries, reason)),
    ]
  }

  close(): void {
    for (const stop of this.#stop) stop()
    this.#delay.disable()
  }

  text(): string {
    return [...this.#gauges(), ...this.#outcomes(), ...engineCounters(this.#platform.counters())].join('')
  }

  #gauges(): string[] {
    const { version, eventReaders, liveReaders } = this.#options
    const sessions = tally(
      this.#platform.sessions().map(({ state }) => state),
      sessionStates,
    )
    return [
      metric('build_info', 'gauge', 'The version that runs.', [{ labels: { version }, value: 1 }]),
      metric('devices', 'gauge', 'Known devices.', byState(tally(states(this.#platform), deviceStates))),
      metric('sessions', 'gauge', 'Sessions, ended ones as long as they are shown.', [
        ...[...sessions].map(([state, value]) => ({ labels: { type: 'play', state }, value })),
      ]),
      metric('actors', 'gauge', 'Live machines.', [
        ...[...tally(this.#platform.actors().map(({ machine }) => machine))].map(([machine, value]) => ({
          labels: { machine },
          value,
        })),
      ]),
      metric('event_consumers', 'gauge', 'Readers of /api/events (sse) and of /api/inspect (live).', [
        { labels: { kind: 'sse' }, value: eventReaders() },
        { labels: { kind: 'live' }, value: liveReaders() },
      ]),
      metric('recorder_bytes', 'gauge', 'What the flight recorder keeps.', [
        { labels: {}, value: this.#platform.recorder.bytes },
      ]),
      sampleText('nodejs_eventloop_lag_seconds', 'gauge', 'Mean delay of the event loop.', [
        { labels: {}, value: Number.isNaN(this.#delay.mean) ? 0 : this.#delay.mean / 1e9 },
      ]),
    ]
  }

  #outcomes(): string[] {
    return [
      metric(
        'registrations_total',
        'counter',
        'Registrations that changed something.',
        labelled('result', this.#registrations),
      ),
      metric('device_offline_total', 'counter', 'Devices that went offline.', labelled('reason', this.#offline)),
      metric(
        'sessions_ended_total',
        'counter',
        'Sessions that ended.',
        labelled('outcome', this.#sessions).map(({ labels, value }) => ({
          labels: { type: 'play', ...labels },
          value,
        })),
      ),
      metric(
        'commands_failed_total',
        'counter',
        'Queries without an answer.',
        labelled('outcome', this.#failedQueries),
      ),
    ]
  }
}

/** The engine names its counters `what-reason`; the reasons come from fixed sets. */
function engineCounters(counters: Readonly<Record<string, number>>): string[] {
  const direction = (name: string, of: string) => ({ labels: { direction: name }, value: counters[of] ?? 0 })
  return [
    metric('sip_messages_total', 'counter', 'SIP messages.', [direction('in', 'received'), direction('out', 'sent')]),
    metric('sip_retransmissions_total', 'counter', 'Retransmissions that were absorbed.', [
      direction('in', 'retransmissions-absorbed'),
    ]),
    metric('sip_rejected_total', 'counter', 'Messages that were refused.', reasons(counters, 'rejected-')),
    metric('sip_dropped_total', 'counter', 'Messages that were left unanswered.', [
      ...reasons(counters, 'dropped-'),
      ...reasons(counters, 'ignored-'),
      { labels: { reason: 'unsent' }, value: counters.unsent ?? 0 },
    ]),
    metric('actors_crashed_total', 'counter', 'Machines that ended by a fault of ours.', [
      { labels: {}, value: counters.crashed ?? 0 },
    ]),
    metric('explanations_total', 'counter', 'Failures that were looked into, and those for which no time was left.', [
      { labels: { outcome: 'explained' }, value: counters.explained ?? 0 },
      { labels: { outcome: 'skipped' }, value: counters['explanation-skipped'] ?? 0 },
    ]),
  ]
}

const reasons = (counters: Readonly<Record<string, number>>, prefix: string): Sample[] =>
  Object.entries(counters)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => ({ labels: { reason: name.slice(prefix.length) }, value }))

const states = (platform: ServedPlatform): string[] => platform.devices().map(({ state }) => state)

function tally(values: readonly string[], known: readonly string[] = []): Map<string, number> {
  const counts = new Map<string, number>(known.map((value) => [value, 0]))
  for (const value of values) increase(counts, value)
  return counts
}

const increase = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

const byState = (counts: Map<string, number>): Sample[] => labelled('state', counts)

const labelled = (label: string, counts: Map<string, number>): Sample[] =>
  [...counts].map(([value, count]) => ({ labels: { [label]: value }, value: count }))

const metric = (name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string =>
  sampleText(`gb28181_${name}`, type, help, samples)

function sampleText(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, '\\$&')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
