/**
 * Says of the live platform what the analyser says of a capture: the same observer and the same findings, over what the
 * flight recorder keeps of one device.
 *
 * Bounded in cost: it looks at the newest messages only, and so often in a second. Whoever comes beyond that is told
 * nothing, and has the usual hint of its reason.
 */
import type { Explainer, Explanation, Failed } from '../../platform/explainer.ts'
import { examine, type Records, recordsOfRecording } from '../analysis/index.ts'
import type { Presence } from '../capture/types.ts'
import type { FlightReader, Recording, Subject } from '../recorder/record.ts'
import { contextOf, type Finding, findingsIn } from './find.ts'
import { codesFor, type Telling, tellingOf } from './telling.ts'

/** Of one device: what explains a failure is hardly ever older. */
const explained = { records: 1500, messages: 120 }
/** What is looked at where everything is asked for. */
const mostMessages = 2000
/** About five milliseconds each. */
const mostPerSecond = 5

export interface ExplainerOptions {
  readonly recorder: Pick<FlightReader, 'recording'>
  /** Milliseconds. */
  readonly now: () => number
  /** What the platform expects of its devices. */
  readonly presence: Presence
}

export class RecordExplainer implements Explainer {
  readonly #options: ExplainerOptions
  #second = Number.NEGATIVE_INFINITY
  #explained = 0

  constructor(options: ExplainerOptions) {
    this.#options = options
  }

  explain(failed: Failed): Explanation | undefined {
    if (codesFor(failed).length === 0) return { findings: [] }
    if (!this.#hasTime()) return undefined
    const { deviceId } = failed
    const recording = this.#options.recorder.recording({ deviceId }, { newest: explained.records })
    const records = this.#records(recording, explained.messages)
    const telling = tellingOf(failed, contextOf(examine(withStop(records, failed))))
    const [first] = telling
    const findings = telling.map(({ kind }) => kind.code)
    return first === undefined ? { findings } : { hint: hintOf(first), findings }
  }

  findings(subject: Subject): readonly Finding[] {
    return findingsIn(examine(this.#records(this.#options.recorder.recording(subject), mostMessages)))
  }

  #records(recording: Recording, newest: number): Records {
    const { presence, now } = this.#options
    return { ...recordsOfRecording(recording, { newest }), presence, until: now() }
  }

  #hasTime(): boolean {
    const now = this.#options.now()
    if (now - this.#second >= 1000) {
      this.#second = now
      this.#explained = 0
    }
    this.#explained += 1
    return this.#explained <= mostPerSecond
  }
}

/** A session that fails for want of media while it plays does so in the very step in which that stops. */
function withStop(records: Records, failed: Failed): Records {
  if (!('session' in failed) || failed.mediaEndedAt === undefined) return records
  const { callId, mediaEndedAt: stoppedAt } = failed
  const { media = [] } = records
  return { ...records, media: media.map((each) => (each.callId === callId ? { ...each, stoppedAt } : each)) }
}

/** What was seen, then what to do. A text of its own: a part of a message would keep the whole of it. */
const hintOf = ({ kind, found }: Telling): string => Buffer.from(`${found.summary} ${kind.fix}`).toString()
