/**
 * The events of a platform: one source, heard by listeners and read by iterators, with the last ones kept so that a
 * reader can resume. A slow reader gets a gap, never a growing buffer; a listener that throws harms nobody.
 */
import type { EventFilter, EventGap, PlatformEvent, PlatformEventName, PlatformEventOf, PlatformEvents } from './api.ts'

/** Events kept for readers that resume, and for each reader that is behind. */
const kept = 1024

type Listener = (event: PlatformEvent) => void

export class EventHub {
  readonly #now: () => number
  readonly #onListenerError: (error: unknown) => void
  readonly #listeners = new Set<Listener>()
  readonly #recent: PlatformEvent[] = []
  #lastId = 0

  constructor(now: () => number, onListenerError: (error: unknown) => void) {
    this.#now = now
    this.#onListenerError = onListenerError
  }

  get lastId(): number {
    return this.#lastId
  }

  emit<Name extends PlatformEventName>(name: Name, data: PlatformEvents[Name]): void {
    this.#lastId += 1
    const event = { id: this.#lastId, at: new Date(this.#now()).toISOString(), name, ...data } as PlatformEvent
    this.#recent.push(event)
    if (this.#recent.length > kept) this.#recent.shift()
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }

  on<Name extends PlatformEventName>(name: Name, listener: (event: PlatformEventOf<Name>) => void): () => void {
    return this.#listen((event) => {
      if (event.name === name) listener(event as PlatformEventOf<Name>)
    })
  }

  /** Events from now on, or from `after` on, until the signal aborts or the loop is left. */
  async *events<Name extends PlatformEventName = PlatformEventName>(
    filter: EventFilter<Name> = {},
  ): AsyncGenerator<PlatformEventOf<Name> | EventGap, void, undefined> {
    const wanted = (event: PlatformEvent): event is PlatformEventOf<Name> => isWanted(event, filter)
    const waiting: (PlatformEventOf<Name> | EventGap)[] = [...this.#replay(filter.after, wanted)]
    let wake = () => {}
    const stop = this.#listen((event) => {
      if (!wanted(event)) return
      enqueue(waiting, event)
      wake()
    })
    const aborted = () => wake()
    filter.signal?.addEventListener('abort', aborted)
    try {
      while (!filter.signal?.aborted) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      stop()
      filter.signal?.removeEventListener('abort', aborted)
    }
  }

  #replay<Event extends PlatformEvent>(
    after: number | undefined,
    wanted: (event: PlatformEvent) => event is Event,
  ): (Event | EventGap)[] {
    if (after === undefined || after >= this.#lastId) return []
    const missed = (this.#recent[0]?.id ?? this.#lastId + 1) - after - 1
    const events = this.#recent.filter((event) => event.id > after).filter(wanted)
    return missed > 0 ? [{ name: 'gap', missed }, ...events] : events
  }

  #listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

function isWanted(event: PlatformEvent, { types, deviceId }: EventFilter): boolean {
  if (types !== undefined && !types.includes(event.name)) return false
  return deviceId === undefined || ('deviceId' in event && event.deviceId === deviceId)
}

/** A reader that is too far behind loses the oldest events and is told how many. */
function enqueue<Event extends PlatformEvent>(waiting: (Event | EventGap)[], event: Event): void {
  waiting.push(event)
  if (waiting.length <= kept) return
  const [first, second] = waiting
  const missed = (first?.name === 'gap' ? first.missed : 1) + (second === undefined ? 0 : 1)
  waiting.splice(0, 2, { name: 'gap', missed })
}
