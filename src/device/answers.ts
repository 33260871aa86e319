/**
 * The business answers of a device: Response MESSAGEs (GB/T 28181 9.5). The messages of one answer go one after the
 * other, each after the final response to the one before (Annex M); answers to different queries do not wait for one
 * another, or one lost 200 would hold up all.
 *
 * Owns what is being sent. What an answer says is made elsewhere; an answer of which one message fails is given up.
 */
import type { Outgoing } from '../manscdp/message.ts'

/** Sends one message; `answered` gets the final status, or undefined when none came. */
export type SendMessage = (message: Outgoing, answered: (status: number | undefined) => void) => void

/** Answers on their way; a platform that asks for more meanwhile is told to come back later. */
const mostAtOnce = 32

export class Answers {
  readonly #send: SendMessage
  readonly #running = new Set<readonly Outgoing[]>()

  constructor(send: SendMessage) {
    this.#send = send
  }

  get full(): boolean {
    return this.#running.size >= mostAtOnce
  }

  push(messages: readonly Outgoing[]): void {
    this.#running.add(messages)
    this.#sendFrom(messages, 0)
  }

  /** Gives up what has not been sent yet. */
  clear(): void {
    this.#running.clear()
  }

  #sendFrom(messages: readonly Outgoing[], index: number): void {
    const message = messages[index]
    if (message === undefined || !this.#running.has(messages)) return void this.#running.delete(messages)
    this.#send(message, (status) => {
      if (status !== undefined && status < 300) this.#sendFrom(messages, index + 1)
      else this.#running.delete(messages)
    })
  }
}
