/**
 * One source of events, heard by listeners and read by iterators, with the last ones kept so that a reader can resume. A
 * slow reader gets a gap, never a growing buffer; a listener that throws harms nobody.
 */
import type { EventFilter, EventGap, EventOf } from './event.ts'
import { EventReader } from './reader.ts'

/** Events kept for readers that resume, and for each reader that is behind. */
const kept = 1024

export interface EventHubOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onListenerError: (error: unknown) => void
}

/** `Events` maps each name to its data. */
export class EventHub<Events extends object> {
  readonly #options: EventHubOptions
  readonly #listeners = new Set<(event: EventOf<Events>) => void>()
  readonly #readers = new Set<{ end(): void }>()
  /**
   * The last ones, each where its number says. Who asks for one gets it as an event: most are asked for by nobody. The places
   * are used again and again: an object for each event would live just long enough to be copied among the old ones.
   */
  readonly #recent: Told<Events>[] = []
  readonly #undelivered: EventOf<Events>[] = []
  #delivering = false
  #closed = false
  #lastId = 0

  constructor(options: EventHubOptions) {
    this.#options = options
  }

  emit<Name extends keyof Events>(name: Name, data: Events[Name]): void {
    this.#lastId += 1
    const told = this.#keep(this.#lastId, name, data)
    if (this.#listeners.size === 0) return
    this.#undelivered.push(eventOf(told))
    this.#deliver()
  }

  #keep(id: number, name: keyof Events, data: Events[keyof Events]): Told<Events> {
    const at = this.#options.now()
    const told = this.#recent[id % kept] ?? { id, at, name, data }
    this.#recent[id % kept] = told
    told.id = id
    told.at = at
    told.name = name
    told.data = data
    return told
  }

  on<Name extends keyof Events>(name: Name, listener: (event: EventOf<Events, Name>) => void): () => void {
    const named = (event: EventOf<Events>): event is EventOf<Events, Name> => event.name === name
    return this.listen((event) => {
      if (named(event)) listener(event)
    })
  }

  /** Every event until the returned function is called. */
  listen(listener: (event: EventOf<Events>) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Events from this call on, or from `after` on, until the signal aborts, the loop is left or the hub is closed. */
  events<Name extends keyof Events = keyof Events>(
    filter: EventFilter<Name> = {},
  ): AsyncGenerator<EventOf<Events, Name> | EventGap, void, undefined> {
    const wanted = wantedBy<Events, Name>(filter)
    const stop = this.listen((event) => {
      if (wanted(event)) reader.push(event)
    })
    const reader: EventReader<EventOf<Events, Name>> = new EventReader({
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

  #tell(listener: (event: EventOf<Events>) => void, event: EventOf<Events>): void {
    try {
      listener(event)
    } catch (error) {
      this.#options.onListenerError(error)
    }
  }

  #replay<Event extends EventOf<Events>>(
    after: number | undefined,
    wanted: (event: EventOf<Events>) => event is Event,
  ): (Event | EventGap)[] {
    if (after === undefined || after === this.#lastId) return []
    const oldest = Math.max(1, this.#lastId - kept + 1)
    // A number that has not been given yet is one of an earlier life: how many were missed since, nobody knows.
    if (after > this.#lastId) return [{ name: 'gap', missed: 0 }, ...this.#since(oldest).filter(wanted)]
    const missed = oldest - after - 1
    if (missed > 0) return [{ name: 'gap', missed }, ...this.#since(oldest).filter(wanted)]
    return this.#since(after + 1).filter(wanted)
  }

  /** From that number on, which is still kept. */
  #since(first: number): EventOf<Events>[] {
    const events: EventOf<Events>[] = []
    for (let id = first; id <= this.#lastId; id++) {
      const told = this.#recent[id % kept]
      if (told !== undefined) events.push(eventOf(told))
    }
    return events
  }
}

/** An event before it is one. */
interface Told<Events> {
  id: number
  at: number
  name: keyof Events
  data: Events[keyof Events]
}

const eventOf = <Events>({ id, at, name, data }: Told<Events>): EventOf<Events> =>
  ({ id, at: new Date(at).toISOString(), name, ...data }) as EventOf<Events>

const wantedBy =
  <Events, Name extends keyof Events>({ types, deviceId }: EventFilter<Name>) =>
  (event: EventOf<Events>): event is EventOf<Events, Name> => {
    if (types !== undefined && !types.some((type) => type === event.name)) return false
    return deviceId === undefined || ('deviceId' in event && event.deviceId === deviceId)
  }
