/**
 * The business answers of a device: Response MESSAGEs, one after the other (GB/T 28181 9.5, Annex M: the next message
 * after the final response to the one before).
 *
 * Owns the queue. What an answer says is made elsewhere; an answer of which one message fails is given up.
 */
import type { Outgoing } from '../manscdp/message.ts'

/** Sends one message; `answered` gets the final status, or undefined when none came. */
export type SendMessage = (message: Outgoing, answered: (status: number | undefined) => void) => void

/** Answers that wait; a platform that asks for more meanwhile is told to come back later. */
const longestQueue = 32

export class Answers {
  readonly #send: SendMessage
  readonly #queue: (readonly Outgoing[])[] = []
  #sending = false

  constructor(send: SendMessage) {
    this.#send = send
  }

  get full(): boolean {
    return this.#queue.length >= longestQueue
  }

  push(messages: readonly Outgoing[]): void {
    this.#queue.push(messages)
    if (!this.#sending) this.#next()
  }

  clear(): void {
    this.#queue.length = 0
  }

  #next(): void {
    const messages = this.#queue.shift()
    this.#sending = messages !== undefined
    if (messages !== undefined) this.#sendFrom(messages, 0)
  }

  #sendFrom(messages: readonly Outgoing[], index: number): void {
    const message = messages[index]
    if (message === undefined) return this.#next()
    this.#send(message, (status) => {
      if (status !== undefined && status < 300) this.#sendFrom(messages, index + 1)
      else this.#next()
    })
  }
}
