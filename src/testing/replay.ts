/**
 * A recorded incident run again: every actor of a bundle whose beginning is in it takes the same events at the same
 * instants, and must come to the same states, timers and end (DESIGN.md, rule 7).
 *
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { assertReplay, parseBundle } from 'gb28181/testing'
 *
 * const bundle = parseBundle(readFileSync('incident.json'))
 * assertReplay(bundle) // throws where a machine does not do any more what it did then
 * ```
 *
 * Machines only: what their actions did (messages sent, other actors) is in the recording already, as the events that
 * followed from it.
 */
import type { AnyStateMachine } from 'xstate'
import * as machines from '../../machines/index.ts'
import { isoTime } from '../inspect/analysis/instant.ts'
import { readBundle } from '../inspect/recorder/bundle.ts'
import type { ActorStarted, Bundle, FlightRecord, MessageRecord, Recording } from '../inspect/recorder/record.ts'
import { parseMessage } from '../sip/parse.ts'
import type { ExecutorName } from '../statechart/index.ts'
import { type ActorRecord, Run } from './replay-run.ts'

export interface ReplayOptions {
  /** Who runs the machines; default `compiled`. Both must come to the same. */
  readonly executor?: ExecutorName
}

/** Where a machine did something else than was recorded. */
export interface ReplayDifference {
  /** Of the record that tells what happened then. */
  readonly seq: number
  /** ISO 8601, UTC. */
  readonly at: string
  /** `stepped keepalive -> online`, `timer.set timerE in 500 ms`; `nothing` where the recording ends. */
  readonly recorded: string
  readonly replayed: string
}

export interface ReplayedActor {
  readonly actor: string
  readonly machine: string
  /** Events that it took, timers among them. */
  readonly steps: number
  /** Where it stands, or stood when it ended. */
  readonly state: string
  /** The first one. */
  readonly difference: ReplayDifference | null
}

export interface SkippedActor {
  readonly actor: string
  /** `start-not-kept`: the recorder had to make room; `machine-unknown`: this version has no such machine. */
  readonly why: 'start-not-kept' | 'machine-unknown'
}

export interface Replay {
  readonly replayed: readonly ReplayedActor[]
  readonly skipped: readonly SkippedActor[]
}

/** By the id that recordings name them by. */
const machineOf: ReadonlyMap<string, AnyStateMachine> = new Map(
  [
    machines.exchange,
    machines.invited,
    machines.inviteClient,
    machines.inviteServer,
    machines.inviting,
    machines.nonInviteClient,
    machines.nonInviteServer,
    machines.registrant,
    machines.registration,
  ].map((machine) => [machine.id, machine]),
)

/** The bundle in a file. @throws TypeError saying what is wrong with it; for damaged ones there is `gb28181 analyze`. */
export function parseBundle(file: string | Uint8Array): Bundle {
  const text = typeof file === 'string' ? file : Buffer.from(file).toString('utf8')
  const read = readBundle(JSON.parse(text))
  if (!read.ok) throw new TypeError(read.detail)
  const [fault] = read.faults
  if (fault !== undefined) throw new TypeError(fault.detail)
  return read.bundle
}

/** Runs every actor again whose beginning is in the recording. */
export function replay({ records }: Pick<Recording, 'records'>, { executor }: ReplayOptions = {}): Replay {
  const messages = new Map(records.filter((record) => record.kind === 'message').map((record) => [record.seq, record]))
  const messageOf = (seq: number) => parsed(messages.get(seq))
  const { lives, orphans } = livesIn(records)
  const replayed: ReplayedActor[] = []
  const skipped: SkippedActor[] = orphans.map((actor) => ({ actor, why: 'start-not-kept' }))
  for (const life of lives) {
    const { actor, machine: name } = life.start
    const machine = machineOf.get(name)
    if (machine === undefined) skipped.push({ actor, why: 'machine-unknown' })
    else replayed.push(runAgain(life, new Run(machine, life.start, { executor, messageOf })))
  }
  return { replayed, skipped }
}

/** @throws Error naming each actor that did something else than was recorded, or that there was nothing to replay. */
export function assertReplay(recording: Pick<Recording, 'records'>, options: ReplayOptions = {}): Replay {
  const result = replay(recording, options)
  if (result.replayed.length === 0) throw new Error('no actor of the recording has its beginning in it')
  const lines = result.replayed.flatMap(({ actor, difference }) =>
    difference === null
      ? []
      : [
          `${actor} at ${difference.at} (record ${difference.seq}): recorded ${difference.recorded}, replayed ${difference.replayed}`,
        ],
  )
  if (lines.length > 0) throw new Error(`the replay differs from the recording:\n${lines.join('\n')}`)
  return result
}

function runAgain({ start, records }: Life, run: Run): ReplayedActor {
  const difference = run.through(records)
  return {
    actor: start.actor,
    machine: start.machine,
    steps: run.steps,
    state: run.state,
    difference: difference && { ...difference, at: isoTime(difference.at) },
  }
}

/** One life of an actor: the same id may be given to the next. */
interface Life {
  readonly start: ActorStarted
  readonly records: ActorRecord[]
}

function livesIn(records: readonly FlightRecord[]): { lives: readonly Life[]; orphans: readonly string[] } {
  const lives: Life[] = []
  const orphans = new Set<string>()
  const current = new Map<string, Life>()
  for (const record of records) {
    if (record.kind === 'message') continue
    if (record.kind === 'actor.started') {
      const life: Life = { start: record, records: [] }
      lives.push(life)
      current.set(record.actor, life)
      continue
    }
    const life = current.get(record.actor)
    if (life === undefined) orphans.add(record.actor)
    else life.records.push(record)
  }
  return { lives, orphans: [...orphans] }
}

function parsed(record: MessageRecord | undefined) {
  if (record === undefined) return undefined
  const { text, base64 = '' } = record
  const result = parseMessage(text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text, 'utf8'))
  return result.ok === true ? result.message : undefined
}
