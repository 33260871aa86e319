/**
 * The live inspection stream, `GET /api/inspect`: what happens to one device or session as it happens, and one actor as it
 * stands. A WebSocket of JSON text frames; the console draws what comes.
 *
 * A reader that is slow gets less often more, and when even that is too much, a record of how many it has missed; it holds up
 * nobody. Frames of readers change nothing but what they are shown.
 */
import type { Recording, Subject } from '../inspect/recorder/index.ts'
import { shownActor } from './actor.ts'
import type { ServedPlatform } from './served.ts'

/** Records that wait for one reader. */
const mostWaiting = 20_000

export interface LiveReader {
  readonly platform: ServedPlatform
  /** Takes one frame. False: not to be given more before `drained`. */
  send(frame: string): boolean
}

/** One reader. */
export class LiveStream {
  readonly #reader: LiveReader
  #unfollow: () => void = () => {}
  /** What it has not been sent yet. */
  #waiting: Recording | undefined
  #full = false
  #actor: string | undefined
  #shown = ''

  constructor(reader: LiveReader) {
    this.#reader = reader
  }

  /** A frame of the reader. */
  receive(frame: string): void {
    const asked = parsed(frame)
    if (asked === undefined) return this.#refuse('invalid-request', 'A frame is a JSON object.')
    if (!('follow' in asked) && !('actor' in asked))
      return this.#refuse('invalid-request', 'A frame has "follow" or "actor".')
    if ('follow' in asked) this.#follow(asked.follow, asked.after)
    if ('actor' in asked) this.#watch(asked.actor)
  }

  /** The reader takes more. */
  drained(): void {
    this.#full = false
    this.#sendRecords()
  }

  close(): void {
    this.#unfollow()
    this.#actor = undefined
    this.#waiting = undefined
  }

  #follow(wanted: unknown, after: unknown): void {
    this.#unfollow()
    this.#unfollow = () => {}
    this.#waiting = undefined
    if (wanted === null) return
    const subject = subjectOf(wanted)
    if (subject === undefined)
      return this.#refuse('invalid-request', '"follow" is null or has a "deviceId", and may have a "callId".')
    const { recorder } = this.#reader.platform
    const from = typeof after === 'number' && Number.isSafeInteger(after) && after > 0 ? after : 0
    this.#unfollow = recorder.follow(subject, from, (recording) => this.#take(recording))
  }

  #take(recording: Recording): void {
    const { records, dropped } = recording
    const before = this.#waiting?.records ?? []
    const all = before.length === 0 ? records : [...before, ...records]
    const missed = Math.max(0, all.length - mostWaiting)
    this.#waiting = { ...recording, records: missed === 0 ? all : all.slice(missed), dropped: dropped + missed }
    this.#sendRecords()
  }

  #sendRecords(): void {
    const recording = this.#waiting
    if (recording === undefined || this.#full) return
    this.#waiting = undefined
    this.#send({ type: 'records', ...recording })
  }

  #watch(wanted: unknown): void {
    if (wanted !== null && typeof wanted !== 'string')
      return this.#refuse('invalid-request', '"actor" is null or the id of an actor.')
    this.#shown = ''
    this.#actor = wanted ?? undefined
    this.look()
  }

  /** Tells of the actor that is watched, if it is another than it was. To be called ten times a second. */
  look(): void {
    const id = this.#actor
    if (id === undefined) return
    const actor = this.#reader.platform.actor(id)
    if (actor === undefined) {
      this.#actor = undefined
      return this.#send({ type: 'actor.gone', id })
    }
    const frame = JSON.stringify({ type: 'actor', actor: shownActor(actor) })
    if (frame === this.#shown || this.#full) return
    this.#shown = frame
    this.#full = !this.#reader.send(frame)
  }

  #refuse(code: string, message: string): void {
    this.#send({ type: 'error', code, message })
  }

  #send(frame: object): void {
    this.#full = !this.#reader.send(JSON.stringify(frame))
  }
}

function parsed(frame: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(frame)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function subjectOf(wanted: unknown): Subject | undefined {
  if (typeof wanted !== 'object' || wanted === null || !('deviceId' in wanted)) return undefined
  const { deviceId } = wanted
  const callId = 'callId' in wanted ? wanted.callId : undefined
  if (typeof deviceId !== 'string') return undefined
  if (callId === undefined) return { deviceId }
  return typeof callId === 'string' ? { deviceId, callId } : undefined
}
