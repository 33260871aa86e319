/**
 * One connected viewer of `@xstate/inspect`: told from its `xstate.inspecting` on. Of what else it says, events are sent
 * to actors where that is allowed, and the rest is ignored.
 */
import type { WebSocket } from 'ws'
import { commandFor, commandIn, fieldsOf, parsed } from './commands.ts'
import { Feed, type FeedOptions } from './feed.ts'

export interface ViewerOptions extends FeedOptions {
  readonly acceptEvents: boolean
  /** What became of an event from outside. Of those that are refused only the first is told. */
  readonly onCommand: (outcome: 'sent' | 'refused', what: { readonly sessionId: string; readonly type: string }) => void
}

export class Viewer {
  readonly #socket: WebSocket
  readonly #options: ViewerOptions
  #feed: Feed | undefined
  #hasRefused = false

  constructor(socket: WebSocket, options: ViewerOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.#hear(parsed(String(data)))
    })
  }

  /** Tells what is still to be told; the socket is the server's to close. */
  close(): void {
    this.#feed?.close()
    this.#feed = undefined
  }

  #hear(message: unknown): void {
    if (fieldsOf(message).type === 'xstate.inspecting') this.#feed ??= new Feed(this.#socket, this.#options)
    const command = commandIn(message)
    if (command === undefined) return
    const { acceptEvents, clock, onCommand } = this.#options
    const actor = acceptEvents ? this.#feed?.watch.find(command.sessionId) : undefined
    const event = actor && commandFor(actor.machine, command.type, clock.now())
    if (event !== undefined) {
      actor?.send(event)
      onCommand('sent', command)
    } else if (!this.#hasRefused) {
      this.#hasRefused = true
      onCommand('refused', command)
    }
  }
}
