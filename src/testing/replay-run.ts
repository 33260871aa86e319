/** One actor run again: what was recorded goes in, what its machine does now is compared with what it did then. */
import type { AnyStateMachine, EventFromLogic, InputFrom } from 'xstate'
import type { ActorEnded, ActorStarted, ActorStepped, TimerRecord } from '../inspect/recorder/record.ts'
import type { SipMessage } from '../sip/message.ts'
import type { TimerHandle } from '../statechart/clock.ts'
import { type Actor, type ActorEnd, createStatecharts, type ExecutorName } from '../statechart/index.ts'
import { ReplayClock } from './replay-clock.ts'

/** What is recorded of an actor after its start. */
export type ActorRecord = ActorStepped | TimerRecord | ActorEnded

export interface RunOptions {
  readonly executor: ExecutorName | undefined
  readonly messageOf: (seq: number) => SipMessage | undefined
}

export interface RunDifference {
  readonly seq: number
  readonly at: number
  readonly recorded: string
  readonly replayed: string
}

/** One thing that an actor did. */
interface Deed {
  /** What it is in order with: the actor itself, or one of its timers. */
  readonly of: string
  readonly text: string
  /** Of a timer that is set. */
  readonly delay?: number
  /** Of a recorded one: by how much more it may have been, as time passed between the step and the note of its timer. */
  readonly slack?: number
}

/** Milliseconds that clocks round. */
const tolerance = 1

export class Run {
  readonly #options: RunOptions
  readonly #start: ActorStarted
  readonly #clock: ReplayClock
  readonly #actor: Actor
  /** In the order in which they are told; an event is numbered before it is taken, as the recorder numbers it. */
  readonly #told: { readonly number: number; readonly deed: Deed }[] = []
  #number = 0
  readonly #timers: { readonly name: string; readonly handle: TimerHandle }[] = []
  steps = 0

  constructor(machine: AnyStateMachine, start: ActorStarted, options: RunOptions) {
    this.#options = options
    this.#start = start
    this.#clock = new ReplayClock(start.at)
    const statecharts = createStatecharts({
      clock: this.#clock,
      ...(options.executor && { executor: options.executor }),
      recorder: {
        started: (actor) => this.#did('actor', `started in ${actor.path}`),
        taking: () => ++this.#number,
        stopping: () => {},
        stepped: (actor, taken, _, event) => this.#did('actor', steppedText(event.type, actor.path), taken),
        timerSet: (_, name, due) => this.#timerSet(name, due),
        timerFired: (_, name) => this.#did(name, `timer.fired ${name}`),
        timerCancelled: (_, name) => this.#did(name, `timer.cancelled ${name}`),
        ended: (_, end) => this.#did('actor', endedText(end)),
      },
    })
    this.#actor = statecharts.create(machine, {
      id: start.actor,
      input: start.input as InputFrom<AnyStateMachine>,
      owner: this,
      onEnd: () => {},
    })
  }

  get state(): string {
    return this.#actor.path
  }

  /** Lets the actor live through its records. @returns where it did something else for the first time. */
  through(all: readonly ActorRecord[]): RunDifference | null {
    const crashed = isCrash(all.at(-1))
    const records = crashed ? untilCrash(all) : all
    this.#actor.start()
    for (const [index, record] of records.entries()) {
      this.#clock.moveTo(record.at)
      const trouble = this.#take(record)
      if (trouble === undefined) continue
      const { seq, at } = record
      const before = this.#firstDifference(records.slice(0, index), true)
      return before ?? { seq, at, recorded: deedOf(record).text, replayed: trouble }
    }
    return this.#firstDifference(records, crashed)
  }

  /** What came to the actor from outside. What it did by itself is compared afterwards. */
  #take(record: ActorRecord): string | undefined {
    switch (record.kind) {
      case 'actor.stepped':
        this.steps += 1
        // Timers are told by their own records.
        if (!record.event.type.startsWith('xstate.')) this.#actor.send(this.#eventOf(record))
        return undefined
      case 'timer.fired':
        return this.#fire(record.timer)
      case 'actor.ended':
        if (record.status === 'stopped') this.#actor.stop()
        return undefined
      default:
        return undefined
    }
  }

  #fire(name: string): string | undefined {
    const waiting = this.#timers.filter((timer) => timer.name === name && this.#clock.waits(timer.handle))
    const [first] = waiting.sort((left, right) => left.handle.due - right.handle.due)
    if (first === undefined) return `${name} is not set`
    const early = first.handle.due - this.#clock.now()
    if (early > tolerance) return `${name} is due ${Math.round(early)} ms later`
    this.#clock.fire(first.handle)
    return undefined
  }

  #eventOf({ event }: ActorStepped): EventFromLogic<AnyStateMachine> {
    return Object.fromEntries(Object.entries(event).map(([name, value]) => [name, this.#resolved(value)])) as never
  }

  /** `{ $message: seq }` as the message of that record, where the recording still has it. */
  #resolved(value: unknown): unknown {
    const seq = typeof value === 'object' && value !== null && '$message' in value ? value.$message : undefined
    return typeof seq === 'number' ? (this.#options.messageOf(seq) ?? value) : value
  }

  #timerSet(name: string, due: number): void {
    const handle = this.#clock.newest
    if (handle !== undefined) this.#timers.push({ name, handle })
    const deed = { of: name, text: `timer.set ${name}`, delay: due - this.#clock.now() }
    this.#told.push({ number: ++this.#number, deed })
  }

  #did(of: string, text: string, number = ++this.#number): void {
    this.#told.push({ number, deed: { of, text } })
  }

  /**
   * Compared in order: the steps and the end; and each timer by itself, because between several that are set or cancelled
   * at one instant there is no order that counts.
   */
  #firstDifference(records: readonly ActorRecord[], unfinished: boolean): RunDifference | null {
    const began = { seq: this.#start.seq, at: this.#start.at, deed: deedOf(this.#start) }
    let causedAt = this.#start.at
    const recorded = [
      began,
      ...records.map((record) => {
        const { seq, at, kind } = record
        if (kind !== 'timer.set' && kind !== 'timer.cancelled') causedAt = at
        return { seq, at, deed: deedOf(record, at - causedAt) }
      }),
    ]
    const last = recorded.at(-1) ?? began
    const deeds = this.#told.sort((left, right) => left.number - right.number).map(({ deed }) => deed)
    const subjects = new Set([...recorded.map(({ deed }) => deed.of), ...deeds.map((deed) => deed.of)])
    const differences = [...subjects].flatMap((of) => {
      const then = recorded.filter(({ deed }) => deed.of === of)
      const now = deeds.filter((deed) => deed.of === of)
      const index = then.findIndex(({ deed }, place) => !same(deed, now[place]))
      const place = index < 0 ? then.length : index
      if (index < 0 && (unfinished || now.length <= then.length)) return []
      const { seq, at, deed } = then[place] ?? { ...last, deed: undefined }
      return [{ seq, at, recorded: textOf(deed), replayed: textOf(now[place]) }]
    })
    return differences.sort((left, right) => left.seq - right.seq)[0] ?? null
  }
}

function same(then: Deed, now: Deed | undefined): boolean {
  if (then.text !== now?.text) return false
  const more = (now.delay ?? 0) - (then.delay ?? 0)
  return more >= -tolerance && more <= (then.slack ?? 0) + tolerance
}

const textOf = (deed: Deed | undefined): string => {
  if (deed === undefined) return 'nothing'
  return deed.delay === undefined ? deed.text : `${deed.text} in ${Math.round(deed.delay)} ms`
}

const steppedText = (event: string, state: string): string => `stepped ${event} -> ${state}`

const endedText = ({ status, output }: Pick<ActorEnd, 'status' | 'output'>): string =>
  `ended ${status}${output === undefined ? '' : ` ${JSON.stringify(output)}`}`

function deedOf(record: ActorStarted | ActorRecord, slack = 0): Deed {
  switch (record.kind) {
    case 'actor.started':
      return { of: 'actor', text: `started in ${record.state}` }
    case 'actor.stepped':
      return { of: 'actor', text: steppedText(record.event.type, record.state) }
    case 'actor.ended':
      return { of: 'actor', text: endedText(record) }
    case 'timer.set':
      return {
        of: record.timer,
        text: `timer.set ${record.timer}`,
        delay: (record.due ?? record.at) - record.at,
        slack,
      }
    default:
      return { of: record.timer, text: `${record.kind} ${record.timer}` }
  }
}

const isCrash = (last: ActorRecord | undefined): boolean => last?.kind === 'actor.ended' && last.status === 'error'

/** It crashed in an action, which is not of its machine and is not run again: compared is what it did before that step. */
const untilCrash = (records: readonly ActorRecord[]): readonly ActorRecord[] =>
  records.slice(
    0,
    Math.max(
      0,
      records.findLastIndex(({ kind }) => kind === 'actor.stepped'),
    ),
  )
