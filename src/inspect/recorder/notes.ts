/**
 * What has happened and is not written down yet. While messages are dealt with only notes are taken; the recorder writes
 * them out many at a time. To write takes a lot of code, which otherwise would with every message push that of the engine
 * out of the processor's caches, and be pushed out by it.
 *
 * As many notes as there is room for, used again and again, so that to take one makes no garbage. A note holds on to what
 * it is of until it is written, and takes of it at once what may change: the state of an actor.
 */
import type { FlightLog } from '../../engine/flight.ts'
import type { SipMessage } from '../../sip/message.ts'

/** Notes that are taken before they must be written: so many that the code is read once for several messages, and so few
 * that what they hold on to is still in the caches. One byte counts them. */
const room = 255

/** The actor of a note of a message. */
export const nobody = -1

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

export class Note {
  kind: number = noteKinds.received
  seq = 0
  at = 0
  /** The number of the actor, or `nobody`. */
  actor = nobody
  /** It is written into the record of the note before: the same actor goes on, and nothing has happened in between. */
  rides = false
  /** When the timer is due. */
  due = 0
  /** Of a start: the number of the parent; 0 where it has none. */
  parent = 0
  /** Of one that rides it is that of the note before. */
  log: FlightLog | undefined = undefined
  /** What the kind wants: the flow and the bytes; the actor and its input; the event; the timer; the end. */
  what: unknown = undefined
  more: unknown = undefined
  /** What has been received: values of later notes may refer to it. */
  message: SipMessage | undefined = undefined
  /** The state of the actor as a path. */
  state = ''
}

export class Notes {
  readonly #all: readonly Note[] = Array.from({ length: room }, () => new Note())
  length = 0

  get isFull(): boolean {
    return this.length === room
  }

  at(index: number): Note {
    return this.#all[index] as Note
  }

  /** The next one, to be filled in. */
  take(): Note {
    return this.at(this.length++)
  }

  /**
   * Whether it is the actor of the last note that does something more.
   *
   * @param taken the number that is given already to what it does: XState's steps are noted after what they have brought
   *   about, and stand apart.
   */
  goesOn(actor: number, taken = Number.POSITIVE_INFINITY): boolean {
    if (this.length === 0) return false
    const last = this.at(this.length - 1)
    return last.actor === actor && last.seq < taken
  }

  /** Lets go of everything. */
  clear(): void {
    for (let index = 0; index < this.length; index++) {
      const note = this.at(index)
      note.log = note.what = note.more = note.message = undefined
    }
    this.length = 0
  }
}
