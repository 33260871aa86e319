/**
 * The events of a platform: one source, heard by listeners and read by iterators, with the last ones kept so that a
 * reader can resume. A slow reader gets a gap, never a growing buffer; a listener that throws harms nobody.
 */
import type { EventFilter, EventGap, PlatformEvent, PlatformEventName, PlatformEventOf, PlatformEvents } from './api.ts'
import { EventReader } from './event-reader.ts'

/** Events kept for readers that resume, and for each reader that is behind. */
const kept = 1024

type Listener = (event: PlatformEvent) => void

export class EventHub {
  readonly #now: () => number
  readonly #onListenerError: (error: unknown) => void
  readonly #listeners = new Set<Listener>()
  readonly #readers = new Set<{ end(): void }>()
  readonly #recent: PlatformEvent[] = []
  readonly #undelivered: PlatformEvent[] = []
  #delivering = false
  #closed = false
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
    this.#undelivered.push(event)
    this.#deliver()
  }

  /** What a listener causes is told when everybody has heard what went before it. */
  #deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    try {
      for (let event = this.#undelivered.shift(); event !== undefined; event = this.#undelivered.shift())
        for (const listener of [...this.#listeners]) this.#tell(listener, event)
    } finally {
      this.#delivering = false
    }
  }

  #tell(listener: Listener, event: PlatformEvent): void {
    try {
      listener(event)
    } catch (error) {
      this.#onListenerError(error)
    }
  }

  on<Name extends PlatformEventName>(name: Name, listener: (event: PlatformEventOf<Name>) => void): () => void {
    return this.#listen((event) => {
      if (event.name === name) listener(event as PlatformEventOf<Name>)
    })
  }

  /** Events from this call on, or from `after` on, until the signal aborts, the loop is left or the hub is closed. */
  events<Name extends PlatformEventName = PlatformEventName>(
    filter: EventFilter<Name> = {},
  ): AsyncGenerator<PlatformEventOf<Name> | EventGap, void, undefined> {
    const wanted = (event: PlatformEvent): event is PlatformEventOf<Name> => isWanted(event, filter)
    const stop = this.#listen((event) => {
      if (wanted(event)) reader.push(event)
    })
    const reader: EventReader<PlatformEventOf<Name>> = new EventReader({
      first: this.#replay(filter.after, wanted),
      limit: kept,
      signal: filter.signal,
      left: () => {
        stop()
        this.#readers.delete(reader)
      },
    })
    this.#readers.add(reader)
    if (filter.signal?.aborted) reader.leave()
    else if (this.#closed) reader.end()
    return reader
  }

  /** Nothing more will happen: readers end when they have read what they have. */
  close(): void {
    this.#closed = true
    for (const reader of [...this.#readers]) reader.end()
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
