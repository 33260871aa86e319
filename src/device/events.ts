/**
 * The events of simulated devices: one source, heard by listeners and read by iterators. A slow reader gets a gap, never
 * a growing buffer; a listener that throws harms nobody.
 */
import type { InvitedEnd } from '../../machines/dialog/invited.ts'
import type { RegistrantFailure } from '../../machines/registration/registrant.ts'

/** Why the platform counts as lost: it does not know us any more, does not answer, or closed the connection. */
export type LostReason = 'keepalive-refused' | 'keepalive-missed' | 'connection-closed'

/** What happened to a device, by name. */
export interface DeviceEvents {
  /** The platform accepted a REGISTER, the first or a refresh; `expires`: seconds granted. */
  registered: { readonly deviceId: string; readonly expires: number; readonly refresh: boolean }
  'registration.failed': {
    readonly deviceId: string
    readonly reason: RegistrantFailure
    /** Of the answer, where there was one. */
    readonly status: number | null
    readonly hint: string
    /** Seconds until the next attempt. */
    readonly retryIn: number
  }
  lost: { readonly deviceId: string; readonly reason: LostReason }
  unregistered: { readonly deviceId: string }
  'keepalive.sent': { readonly deviceId: string; readonly sn: number }
  /** `status` null: no answer within 64*T1. */
  'keepalive.answered': { readonly deviceId: string; readonly sn: number; readonly status: number | null }
  'query.received': { readonly deviceId: string; readonly cmdType: string; readonly sn: number | null }
  invited: { readonly deviceId: string; readonly channelId: string; readonly callId: string }
  /** Acknowledged; `ssrc`: ten digits as answered, `to`: `address:port` that media goes to. */
  'session.started': {
    readonly deviceId: string
    readonly channelId: string
    readonly callId: string
    readonly ssrc: string
    readonly to: string
  }
  /** `stopped`: ended from outside, without a word to the platform. */
  'session.ended': {
    readonly deviceId: string
    readonly channelId: string
    readonly callId: string
    readonly why: InvitedEnd | 'stopped'
    /** RTP packets sent. */
    readonly packets: number
  }
  /** A fault of this program: an actor threw and has ended. */
  'actor.crashed': { readonly actorId: string; readonly machine: string; readonly message: string }
  /** A fault of a listening socket, or of this program outside of any actor. */
  'engine.trouble': { readonly address: string; readonly message: string }
}

export type DeviceEventName = keyof DeviceEvents

/** An event as it is delivered: its name, its number (increasing by one), its time (ISO 8601, UTC) and its data. */
export type DeviceEvent<Name extends DeviceEventName = DeviceEventName> = Extract<
  {
    [N in DeviceEventName]: { readonly id: number; readonly at: string; readonly name: N } & DeviceEvents[N]
  }[DeviceEventName],
  { readonly name: Name }
>

/** Delivered instead of events that a slow reader has missed. */
export interface EventGap {
  readonly name: 'gap'
  readonly missed: number
}

export interface DeviceEventFilter {
  readonly types?: readonly DeviceEventName[]
  readonly deviceId?: string
  /** Aborting ends the iteration. */
  readonly signal?: AbortSignal
}

/** Events kept for a reader that is behind. */
const kept = 1024

type Listener = (event: DeviceEvent) => void

export class DeviceEventHub {
  readonly #now: () => number
  readonly #onListenerError: (error: unknown) => void
  readonly #listeners = new Set<Listener>()
  #lastId = 0

  constructor(now: () => number, onListenerError: (error: unknown) => void) {
    this.#now = now
    this.#onListenerError = onListenerError
  }

  emit<Name extends DeviceEventName>(name: Name, data: DeviceEvents[Name]): void {
    this.#lastId += 1
    if (this.#listeners.size === 0) return
    const event = { id: this.#lastId, at: new Date(this.#now()).toISOString(), name, ...data } as DeviceEvent
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }

  /** Every event until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  on<Name extends DeviceEventName>(name: Name, listener: (event: DeviceEvent<Name>) => void): () => void {
    const isNamed = (event: DeviceEvent): event is DeviceEvent<Name> => event.name === name
    return this.listen((event) => {
      if (isNamed(event)) listener(event)
    })
  }

  /** Events from now on, until the signal aborts or the loop is left. */
  async *events(filter: DeviceEventFilter = {}): AsyncGenerator<DeviceEvent | EventGap, void, undefined> {
    const { signal } = filter
    const waiting: (DeviceEvent | EventGap)[] = []
    let wake = () => {}
    const stop = this.listen((event) => {
      if (!isWanted(event, filter)) return
      enqueue(waiting, event)
      wake()
    })
    const aborted = () => wake()
    signal?.addEventListener('abort', aborted)
    try {
      while (!signal?.aborted) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      stop()
      signal?.removeEventListener('abort', aborted)
    }
  }
}

function isWanted(event: DeviceEvent, { types, deviceId }: DeviceEventFilter): boolean {
  if (types !== undefined && !types.includes(event.name)) return false
  return deviceId === undefined || ('deviceId' in event && event.deviceId === deviceId)
}

function enqueue(waiting: (DeviceEvent | EventGap)[], event: DeviceEvent): void {
  waiting.push(event)
  if (waiting.length <= kept) return
  const [first] = waiting
  const missed = (first?.name === 'gap' ? first.missed : 1) + 1
  waiting.splice(0, 2, { name: 'gap', missed })
}
