/**
 * What has happened and is not written down yet. While messages are dealt with only notes are taken; the recorder writes
 * them out many at a time. To write takes a lot of code, which otherwise would with every message push that of the engine
 * out of the processor's caches, and be pushed out by it.
 *
 * A few columns of fixed length, so that a note makes no garbage. It holds on to what it is of until it is written, and
 * takes of it at once what may change: the state of an actor.
 */
import type { FlightLog } from '../../engine/flight.ts'
import type { SipMessage } from '../../sip/message.ts'

/** Notes that are taken before they must be written: so many that the code is read once for several messages, and so few
 * that what they hold on to is still in the caches. */
const room = 256

export const noteKinds = {
  received: 0,
  sent: 1,
  started: 2,
  stepped: 3,
  timerSet: 4,
  timerFired: 5,
  timerCancelled: 6,
  ended: 7,
} as const

export class Notes {
  readonly kind = new Uint8Array(room)
  readonly seq = new Float64Array(room)
  readonly at = new Float64Array(room)
  /** The number of the actor. */
  readonly actor = new Float64Array(room)
  /** When the timer is due; of a start the number of the parent. */
  readonly due = new Float64Array(room)
  readonly log = emptyColumn<FlightLog>()
  /** What the kind wants: the flow and the bytes; the actor and its input; the event; the timer; the end. */
  readonly what = emptyColumn<unknown>()
  readonly more = emptyColumn<unknown>()
  /** The state of the actor as a path. */
  readonly state = emptyColumn<string>()
  /** The message that was being taken, and the number of its record: what values may refer to. */
  readonly message = emptyColumn<SipMessage>()
  readonly messageSeq = new Float64Array(room)
  length = 0

  get isFull(): boolean {
    return this.length === room
  }

  /** Lets go of everything. */
  clear(): void {
    for (const column of [this.log, this.what, this.more, this.state, this.message])
      column.fill(undefined, 0, this.length)
    this.length = 0
  }
}

const emptyColumn = <T>(): (T | undefined)[] => new Array<T | undefined>(room).fill(undefined)
