/**
 * The flight recorder: per device a bounded stretch of messages, steps and timers, always on, read when something went
 * wrong.
 *
 * What is written costs about a microsecond a record and no garbage: bytes into an arena (`arena.ts`), made objects only for
 * who reads. Strangers have a small arena of their own, so that no flood of them can push out what is known of the devices;
 * one that proves who it is takes its records along.
 */
import type { EventObject } from 'xstate'
import type { ActorRecord } from '../../engine/directory.ts'
import { actorId } from '../../engine/directory.ts'
import type { FlightLog, FlightRecorder, Logged } from '../../engine/flight.ts'
import type { Flow } from '../../engine/network.ts'
import type { SipMessage } from '../../sip/message.ts'
import { detached } from '../../sip/text.ts'
import type { ActorEnd, AnyActor, Clock, TimerHandle } from '../../statechart/index.ts'
import { Arena, Track } from './arena.ts'
import { RecordReader, RecordWriter, type StoredRecord } from './codec.ts'
import { Inputs } from './inputs.ts'
import { Names } from './names.ts'
import { type Note, Notes, nobody, noteKinds } from './notes.ts'
import { type ActorName, type ActorNames, presented, within } from './reading.ts'
import type { FlightReader, Recording, Subject } from './record.ts'
import { Values } from './values.ts'

export interface RecorderLimits {
  /** Bytes kept of one device. */
  readonly deviceBytes: number
  /** Bytes kept of all devices together: beyond, the oldest of all make room. */
  readonly totalBytes: number
  /** Seconds that a record is kept at most. */
  readonly seconds: number
}

export const recorderLimits: RecorderLimits = { deviceBytes: 64 * 1024, totalBytes: 128 * 1024 * 1024, seconds: 3600 }

/** Bytes kept of all strangers together. */
const strangerBytes = 4 * 1024 * 1024
/** Bytes of messages that wait in notes, and bytes that wait in the writer. */
const mostNotedBytes = 128 * 1024
const mostWritten = 16 * 1024
/** Milliseconds between the batches that a follower gets. */
const batchEvery = 100

const noNames: ReadonlyMap<number, ActorName> = new Map()

class Log extends Track implements FlightLog {
  readonly deviceId: string
  arena: Arena<Log>
  /** Of those whose beginning was no longer kept when it was read last. */
  names: ReadonlyMap<number, ActorName> = noNames

  constructor(deviceId: string, arena: Arena<Log>) {
    super()
    this.deviceId = deviceId
    this.arena = arena
  }
}

interface Follower {
  readonly subject: Subject
  after: number
  readonly hear: (recording: Recording) => void
}

export class Recorder implements FlightRecorder, FlightReader {
  readonly #clock: Clock
  readonly #age: number
  /** The living of a directory, for the names of those whose beginning is no longer kept. */
  #living: () => readonly ActorRecord[] = () => []
  readonly #names = new Names()
  readonly #values = new Values(this.#names, (message) => (message === this.#taken.message ? this.#taken.seq : 0))
  readonly #inputs = new Inputs(this.#values)
  readonly #writer = new RecordWriter(this.#names, this.#values, this.#inputs)
  readonly #reader = new RecordReader(this.#names, this.#values, this.#inputs)
  readonly #logs = new Map<string, Log>()
  readonly #known: Arena<Log>
  readonly #strangers: Arena<Log>
  readonly #followers = new Set<Follower>()
  readonly #notes = new Notes()
  /** Bytes of the messages among the notes. */
  #notedBytes = 0
  /** Of the notes that are being written: the message that was taken last, to which values refer by the number of its record. */
  readonly #taken: { message: SipMessage | undefined; seq: number } = { message: undefined, seq: 0 }
  #seq = 0
  /**
   * When what happens now began: a message came, an actor was started or is being stopped, a timer fired, an event was
   * taken. Asked once for all of it.
   */
  #at = 0
  #batch: TimerHandle | undefined

  constructor(clock: Clock, limits: Partial<RecorderLimits> = {}) {
    const { deviceBytes, totalBytes, seconds } = { ...recorderLimits, ...limits }
    this.#clock = clock
    this.#age = seconds * 1000
    const arena = (bytes: number) =>
      new Arena<Log>({ trackBytes: deviceBytes, totalBytes: bytes, age: this.#age }, (log) => this.#forget(log))
    this.#known = arena(totalBytes)
    this.#strangers = arena(Math.min(strangerBytes, totalBytes))
  }

  /** Bytes of records that are kept. */
  get bytes(): number {
    this.#flush()
    return this.#known.bytes + this.#strangers.bytes
  }

  attach(living: () => readonly ActorRecord[]): void {
    this.#living = living
  }

  // --- whose it is

  logOf(deviceId: string): FlightLog {
    return this.#logs.get(deviceId) ?? this.#newLog(deviceId)
  }

  /** Unless the notes have one: a device that is new is asked for twice before anything of it is written. */
  #newLog(deviceId: string): Log {
    this.#flush()
    return this.#logs.get(deviceId) ?? new Log(detached(deviceId), this.#strangers)
  }

  admit(given: FlightLog): void {
    this.#flush()
    const log = this.#home(given)
    if (log.arena === this.#known) return
    const kept = log.arena.read(log)
    log.arena.clear(log)
    log.arena = this.#known
    this.#known.append(log, kept, kept.length, this.#clock.now())
  }

  // --- what the engine tells

  received(log: FlightLog, flow: Flow, bytes: Buffer, message: SipMessage | undefined): void {
    this.#at = this.#clock.now()
    this.#noteMessage(noteKinds.received, log, flow, bytes).message = message
  }

  sent(log: FlightLog, flow: Flow, bytes: Buffer): void {
    this.#noteMessage(noteKinds.sent, log, flow, bytes)
  }

  // --- what the actors tell

  started(actor: AnyActor, input: unknown): void {
    this.#at = this.#clock.now()
    const note = this.#noteDeed(noteKinds.started, actor, actor)
    if (note === undefined) return
    note.more = input
    note.parent = actor.parent?.number ?? 0
    note.state = actor.path
  }

  taking(event: EventObject): number {
    this.#at = instantOf(event) ?? this.#clock.now()
    return ++this.#seq
  }

  stopping(): void {
    this.#at = this.#clock.now()
  }

  stepped(actor: AnyActor, taken: number, event: EventObject): void {
    const note = this.#noteDeed(noteKinds.stepped, actor, event, instantOf(event), taken)
    if (note !== undefined) note.state = actor.path
  }

  timerSet(actor: AnyActor, timer: string, due: number, ms: number): void {
    // Not when the step began: what is due is counted from when it was set, and a replay compares the two.
    const note = this.#noteDeed(noteKinds.timerSet, actor, timer, ms > 0 ? due - ms : due)
    if (note !== undefined) note.due = due
  }

  timerFired(actor: AnyActor, timer: string): void {
    this.#at = this.#clock.now()
    this.#noteDeed(noteKinds.timerFired, actor, timer)
  }

  timerCancelled(actor: AnyActor, timer: string): void {
    this.#noteDeed(noteKinds.timerCancelled, actor, timer)
  }

  ended(actor: AnyActor, end: ActorEnd): void {
    this.#noteDeed(noteKinds.ended, actor, end)
  }

  // --- reading

  recording(subject: Subject, options: { readonly raw?: boolean; readonly newest?: number } = {}): Recording {
    const { raw = false, newest = Number.POSITIVE_INFINITY } = options
    return this.#recordingAfter(subject, 0, raw, newest)
  }

  follow(subject: Subject, after: number, hear: (recording: Recording) => void): () => void {
    const follower = { subject, after, hear }
    this.#followers.add(follower)
    this.#plan()
    return () => void this.#followers.delete(follower)
  }

  close(): void {
    this.#followers.clear()
    this.#clock.clearTimeout(this.#batch)
    this.#batch = undefined
  }

  // --- details

  #noteMessage(kind: number, log: FlightLog, flow: Flow, bytes: Buffer): Note {
    this.#makeRoom()
    this.#notedBytes += bytes.length
    const note = this.#note(kind, ++this.#seq, this.#at, flow)
    note.actor = nobody
    note.rides = false
    note.log = log
    note.more = bytes
    return note
  }

  /** @returns `undefined` for an actor of which nothing is written down. */
  #noteDeed(kind: number, actor: AnyActor, what: unknown, at = this.#at, taken?: number): Note | undefined {
    this.#makeRoom()
    const { number } = actor
    const rides = this.#notes.goesOn(number, taken)
    const log = rides ? undefined : logOf(actor)
    if (!rides && log === undefined) return undefined
    const note = this.#note(kind, taken ?? ++this.#seq, at, what)
    note.actor = number
    note.rides = rides
    note.log = log
    return note
  }

  #note(kind: number, seq: number, at: number, what: unknown): Note {
    const note = this.#notes.take()
    note.kind = kind
    note.seq = seq
    note.at = at
    note.what = what
    if (this.#followers.size > 0) this.#plan()
    return note
  }

  #makeRoom(): void {
    if (this.#notes.isFull || this.#notedBytes > mostNotedBytes) this.#flush()
  }

  /** Writes out what was noted: what is of one device in a row, as all is that one message brings, into the arena at once. */
  #flush(): void {
    const notes = this.#notes
    const { out } = this.#writer
    for (let next = 0; next < notes.length; ) {
      const given = notes.at(next).log as FlightLog
      const log = this.#home(given)
      while (next < notes.length && notes.at(next).log === given && out.length <= mostWritten)
        next = this.#write(next, log)
      log.arena.append(log, out.bytes, out.length, notes.at(next - 1).at)
      out.length = 0
    }
    notes.clear()
    this.#notedBytes = 0
  }

  /** Writes a note and those that ride with it. @returns which one is the next. */
  #write(first: number, log: Log): number {
    const note = this.#notes.at(first)
    if (note.actor === nobody) {
      this.#writeMessage(note, log.arena.longest)
      return first + 1
    }
    let next = first
    do next = this.#writeEntry(next, log)
    while (this.#ridesOn(next))
    return next
  }

  /** What an actor did in a row, as one entry; what does not fit is left to the next. */
  #writeEntry(first: number, log: Log): number {
    const { longest } = log.arena
    const { seq, at, actor } = this.#notes.at(first)
    this.#writer.begin(seq, at, actor)
    let next = first
    do this.#writeDeed(this.#notes.at(next++))
    while (this.#ridesOn(next) && this.#writer.last < longest / 2)
    this.#writer.end()
    // One that is longer than is taken was no message: those are cut.
    if (this.#writer.last > longest) log.dropped += this.#writer.takeBack()
    return next
  }

  #ridesOn(next: number): boolean {
    return next < this.#notes.length && this.#notes.at(next).rides
  }

  #writeMessage({ kind, seq, at, what, more, message }: Note, longest: number): void {
    const isReceived = kind === noteKinds.received
    if (isReceived) {
      this.#taken.message = message
      this.#taken.seq = seq
    }
    this.#writer.message(seq, at, isReceived ? 'in' : 'out', what as Flow, more as Buffer, longest)
  }

  #writeDeed(note: Note): void {
    const { kind, seq, at, what, state, due } = note
    switch (kind) {
      case noteKinds.started:
        return this.#writeStart(note, what as AnyActor)
      case noteKinds.stepped:
        return this.#writer.stepped(seq, at, what as EventObject, state)
      case noteKinds.timerSet:
        return this.#writer.timerSet(seq, at, what as string, due)
      case noteKinds.timerFired:
        return this.#writer.timer('timer.fired', seq, at, what as string)
      case noteKinds.timerCancelled:
        return this.#writer.timer('timer.cancelled', seq, at, what as string)
      case noteKinds.ended:
        return this.#writer.ended(seq, at, what as ActorEnd)
    }
  }

  #writeStart({ seq, at, parent, more, state }: Note, actor: AnyActor): void {
    const { number, machine, owner } = actor
    const { branch, callId, deviceId } = (owner as Logged).actorKey
    this.#writer.started(seq, at, {
      parent,
      machine: machine.id,
      key: { branch, callId, deviceId },
      // Its id is put together when it is asked for.
      named: branch === undefined && !actor.id.endsWith(`~${number}`),
      input: more,
      state,
    })
  }

  /** The log that is found under its device: one that lost all its records was forgotten, and another may have come. */
  #home(given: FlightLog): Log {
    const log = given as Log
    if (log.chunks > 0) return log
    const found = this.#logs.get(log.deviceId)
    if (found !== undefined) return found
    this.#logs.set(log.deviceId, log)
    return log
  }

  #forget(log: Log): void {
    if (this.#logs.get(log.deviceId) === log) this.#logs.delete(log.deviceId)
  }

  #recordingAfter(subject: Subject, after: number, raw: boolean, newest = Number.POSITIVE_INFINITY): Recording {
    this.#flush()
    const log = this.#logs.get(subject.deviceId)
    if (log === undefined) return { subject, records: [], dropped: 0 }
    const since = this.#clock.now() - this.#age
    const stored = inOrder([...this.#reader.all(log.arena.read(log))])
    const outlived = stored.findIndex(({ at }) => at >= since)
    const dropped = log.dropped + (outlived < 0 ? stored.length : outlived)
    const kept = outlived < 0 ? [] : stored.slice(outlived)
    const names = this.#actorNames(log, kept)
    const all = within(subject, kept, names).filter(({ seq }) => seq > after)
    const records = all.slice(Math.max(0, all.length - newest))
    return {
      subject,
      records: records.map((record) => presented(record, names, raw)),
      dropped: dropped + all.length - records.length,
    }
  }

  #actorNames(log: Log, stored: readonly StoredRecord[]): ActorNames {
    const names = new Map(log.names)
    for (const record of stored)
      if (record.kind === 'actor.started')
        names.set(record.actor, {
          id: actorId(record.machine, record.key, record.named ? undefined : record.actor),
          key: record.key,
          parent: record.parent,
        })
    const actors = new Set(stored.flatMap((record) => (record.kind === 'message' ? [] : [record.actor])))
    const nameless = new Set([...actors].filter((actor) => !names.has(actor)))
    if (nameless.size === 0) return names
    // The living are walked once for each: those who are not found are over.
    for (const number of nameless) names.set(number, { id: `~${number}`, key: {}, parent: 0 })
    for (const { id, key, actor } of this.#living())
      if (nameless.has(actor.number)) names.set(actor.number, { id, key, parent: actor.parent?.number ?? 0 })
    log.names = new Map([...names].filter(([actor]) => actors.has(actor)))
    return names
  }

  #plan(): void {
    this.#batch ??= this.#clock.setTimeout(() => {
      this.#batch = undefined
      for (const follower of this.#followers) this.#tell(follower)
    }, batchEvery)
  }

  #tell(follower: Follower): void {
    const recording = this.#recordingAfter(follower.subject, follower.after, false)
    const last = recording.records.at(-1)
    if (last === undefined) return
    follower.after = last.seq
    follower.hear(recording)
  }
}

/** Events from outside say themselves when they happened. */
const instantOf = (event: EventObject & { readonly at?: unknown }): number | undefined =>
  typeof event.at === 'number' ? event.at : undefined

/** By number; no instant lies before an earlier one, although an event may say that it happened before it was taken. */
function inOrder(stored: readonly StoredRecord[]): StoredRecord[] {
  let latest = 0
  return stored
    .toSorted((left, right) => left.seq - right.seq)
    .map((record) => {
      latest = Math.max(latest, record.at)
      return record.at === latest ? record : { ...record, at: latest }
    })
}

const logOf = ({ owner }: AnyActor): FlightLog | undefined => (owner as Partial<Logged>).log
