/**
 * The flight recorder: per device a bounded stretch of messages, steps and timers, always on, read when something went
 * wrong.
 *
 * What is written costs about half a microsecond a record and no garbage: it is noted (`notes.ts`), put into bytes a
 * hundred records at a time, and into an arena (`arena.ts`); made objects only for who reads. Strangers have a small arena
 * of their own, so that no flood of them can push out what is known of the devices; one that proves who it is takes its
 * records along.
 */
import type { EventObject } from 'xstate'
import type { ActorRecord } from '../../engine/directory.ts'
import { actorId } from '../../engine/directory.ts'
import type { FlightLog, FlightRecorder, Logged } from '../../engine/flight.ts'
import { serverActorKey } from '../../engine/keys.ts'
import type { Flow } from '../../engine/network.ts'
import type { SipMessage, SipRequest } from '../../sip/message.ts'
import { detached } from '../../sip/text.ts'
import type { ActorEnd, AnyActor, Clock, TimerHandle } from '../../statechart/index.ts'
import { Arena, Track } from './arena.ts'
import {
  directions,
  kinds,
  messageOverhead,
  RecordReader,
  RecordWriter,
  type StoredRecord,
  unknownKey,
} from './codec.ts'
import { Inputs } from './inputs.ts'
import { Names } from './names.ts'
import { Notes } from './notes.ts'
import { type ActorName, type ActorNames, presented, within } from './reading.ts'
import type { FlightReader, Recording, Subject } from './record.ts'
import { Rows } from './rows.ts'
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
/** Bytes of messages that are noted before they are written. */
const mostHeld = 256 * 1024
/** Bytes that are written before they are put into the arena. */
const mostWritten = 32 * 1024
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
  /** Bytes of the longest entry. */
  readonly #longest: number
  readonly #followers = new Set<Follower>()
  readonly #rows = new Rows()
  readonly #notes = new Notes()
  /** Bytes of the messages that are noted. */
  #held = 0
  /** Whose deed was written last, where that is written down, and which birth it was. */
  #actor: AnyActor | undefined
  #actorLog: FlightLog | undefined
  #actorNumber = 0
  /** Whose entry is being written. */
  #writing: FlightLog | undefined
  /** The message that was taken last, to which values refer by the number of its record; and in which log it stands whole. */
  readonly #taken: { message: SipMessage | undefined; seq: number; wholeIn: FlightLog | undefined } = {
    message: undefined,
    seq: 0,
    wholeIn: undefined,
  }
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
    this.#longest = this.#strangers.longest
  }

  /** Bytes of records that are kept. */
  get bytes(): number {
    this.#settle()
    return this.#known.bytes + this.#strangers.bytes
  }

  attach(living: () => readonly ActorRecord[]): void {
    this.#living = living
  }

  // --- whose it is

  logOf(deviceId: string): FlightLog {
    return this.#logs.get(deviceId) ?? this.#newLog(deviceId)
  }

  /** Unless what is written has one: a device that is new is asked for twice before anything of it is written. */
  #newLog(deviceId: string): Log {
    this.#settle()
    return this.#logs.get(deviceId) ?? new Log(detached(deviceId), this.#strangers)
  }

  admit(given: FlightLog): void {
    this.#settle()
    const log = this.#home(given)
    if (log.arena === this.#known) return
    const kept = log.arena.read(log)
    log.arena.clear(log)
    log.arena = this.#known
    this.#known.append(log, kept, 0, kept.length, this.#clock.now())
  }

  // --- what the engine tells

  received(log: FlightLog, flow: Flow, bytes: Buffer, message: SipMessage | undefined): void {
    this.#at = this.#clock.now()
    this.#held += bytes.length
    this.#note(kinds.message, ++this.#seq, this.#at, directions.in, log, bytes, flow, message)
  }

  sent(log: FlightLog, flow: Flow, bytes: Buffer): void {
    this.#held += bytes.length
    this.#note(kinds.message, ++this.#seq, this.#at, directions.out, log, bytes, flow)
  }

  // --- what the actors tell

  started(actor: AnyActor, at: number, input: unknown): void {
    this.#at = at
    const { startedBy } = actor.owner as Partial<Logged>
    const parent = actor.parent?.number ?? 0
    this.#note(kinds['actor.started'], ++this.#seq, at, parent, actor, input, actor.path, startedBy)
  }

  taking(at: number): number {
    this.#at = at
    return ++this.#seq
  }

  stopping(): void {
    this.#at = this.#clock.now()
  }

  stepped(actor: AnyActor, taken: number, at: number, event: EventObject): void {
    this.#note(kinds['actor.stepped'], taken, at, 0, actor, event, actor.path)
  }

  timerSet(actor: AnyActor, timer: string, due: number, ms: number): void {
    // Not when the step began: what is due is counted from when it was set, and a replay compares the two.
    const at = ms > 0 ? due - ms : due
    this.#note(kinds['timer.set'], ++this.#seq, at, due, actor, timer)
  }

  timerFired(actor: AnyActor, timer: string): void {
    this.#at = this.#clock.now()
    this.#note(kinds['timer.fired'], ++this.#seq, this.#at, 0, actor, timer)
  }

  timerCancelled(actor: AnyActor, timer: string): void {
    this.#note(kinds['timer.cancelled'], ++this.#seq, this.#at, 0, actor, timer)
  }

  ended(actor: AnyActor, end: ActorEnd): void {
    this.#note(kinds['actor.ended'], ++this.#seq, this.#at, 0, actor, end)
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

  #note(
    kind: number,
    seq: number,
    at: number,
    figure: number,
    whose: object,
    first: unknown,
    second?: unknown,
    third?: unknown,
  ): void {
    const isFull = this.#notes.add(kind, seq, at, figure, whose, first, second, third)
    if (this.#followers.size > 0) this.#plan()
    if (isFull || this.#held > mostHeld) this.#write()
  }

  /**
   * Puts what was noted into bytes. What cannot be written, as a value whose getter throws, is a fault that costs no other
   * note.
   */
  #write(): void {
    const notes = this.#notes
    let fault: unknown
    for (let note = 0; note < notes.length; note++) {
      try {
        this.#writeNote(notes, note)
      } catch (error) {
        fault ??= error
      }
    }
    notes.clear()
    this.#held = 0
    if (fault !== undefined) throw fault
  }

  #writeNote(notes: Notes, note: number): void {
    const kind = notes.kind(note)
    if (kind === kinds.message) this.#writeMessage(notes, note)
    else this.#writeDeed(notes, note, kind)
  }

  #writeMessage(notes: Notes, note: number): void {
    const writer = this.#writer
    const log = notes.whose<FlightLog>(note)
    const seq = notes.seq(note)
    const at = notes.at(note)
    const bytes = notes.first<Buffer>(note)
    const hasRoom = writer.length + bytes.length + messageOverhead <= this.#longest
    if (log !== this.#writing || !hasRoom || !writer.takes(seq)) this.#begin(log, seq, at)
    const isWhole = writer.message(notes, note, this.#longest)
    if (notes.figure(note) === directions.out) return
    this.#taken.message = notes.third(note)
    this.#taken.seq = seq
    this.#taken.wholeIn = isWhole ? log : undefined
  }

  #writeDeed(notes: Notes, note: number, kind: number): void {
    const writer = this.#writer
    const actor = notes.whose<AnyActor>(note)
    if (actor !== this.#actor) this.#turnTo(actor)
    const log = this.#actorLog
    if (log === undefined) return
    const seq = notes.seq(note)
    if (log !== this.#writing || !writer.takes(seq)) this.#begin(log, seq, notes.at(note))
    writer.deed(kind, this.#actorNumber, notes, note)
    this.#writeContent(notes, note, kind)
  }

  #turnTo(actor: AnyActor): void {
    this.#actor = actor
    this.#actorLog = (actor.owner as Partial<Logged>).log
    this.#actorNumber = actor.number
  }

  #writeContent(notes: Notes, note: number, kind: number): void {
    const writer = this.#writer
    switch (kind) {
      case kinds['actor.started']:
        return this.#writeStart(notes, note)
      case kinds['actor.stepped']:
        return writer.stepped(notes.second(note), notes.first(note), notes.at(note))
      case kinds['actor.ended']:
        return writer.ended(notes.first(note))
      default:
        writer.timer(notes.first(note))
        if (kind === kinds['timer.set']) writer.due(notes.figure(note))
    }
  }

  #writeStart(notes: Notes, note: number): void {
    const writer = this.#writer
    const actor = notes.whose<AnyActor>(note)
    const startedBy = notes.third<SipRequest | undefined>(note)
    writer.started(actor.machine.id, notes.figure(note), notes.second(note), notes.first(note))
    const owner = actor.owner as Logged
    const { ownKey } = owner
    if (ownKey !== undefined) return writer.ownKey(ownKey)
    if (startedBy !== undefined && startedBy === this.#taken.message && this.#actorLog === this.#taken.wholeIn)
      return writer.keyInMessage()
    // Not asked of its owner: it may be over by now. A transaction has a branch, and so the number of its birth in its id.
    if (startedBy !== undefined) return writer.key(serverActorKey(startedBy), false)
    const { actorKey } = owner
    // Where a number follows its id is longer: to look at its end would put the whole text together.
    writer.key(actorKey, actor.id.length === actorId(actor.machine.id, actorKey).length)
  }

  #begin(log: FlightLog, seq: number, at: number): void {
    this.#close()
    const { out } = this.#writer
    if (out.length > mostWritten) this.#flush()
    this.#rows.goOn(log, out.length, at)
    this.#writer.begin(seq, at)
    this.#writing = log
  }

  /** Ends the entry. */
  #close(): void {
    if (this.#writing === undefined) return
    // What made it longer than is taken was no message, those are cut, and came last: nothing is added to one that is full.
    if (this.#writer.length > this.#longest) {
      this.#writer.takeBack()
      this.#home(this.#writing).dropped++
    }
    this.#writer.end()
    this.#writing = undefined
  }

  /** All that was told is in the arena then. */
  #settle(): void {
    this.#write()
    this.#close()
    this.#flush()
  }

  /** Puts what is written into the arena: what is of one device in a row, as all is that one message brings, at once. */
  #flush(): void {
    const { out } = this.#writer
    const rows = this.#rows
    for (let row = 0; row < rows.length; row++) {
      const log = this.#home(rows.log(row))
      log.arena.append(log, out.bytes, rows.from(row), rows.to(row, out.length), rows.at(row))
    }
    rows.clear()
    out.length = 0
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
    this.#settle()
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
      if (record.kind === 'actor.started' && record.key !== unknownKey)
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
