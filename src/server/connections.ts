/**
 * The connections of a server, so that it can close: at once those that carry no request, the others when their answer
 * has been sent. Node closes by itself only connections that have served a request before; browsers open others ahead
 * of need.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export class Connections {
  /** Requests that are being answered, by connection. */
  readonly #busy = new Map<Socket, number>()
  #closing = false

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#busy.set(socket, 0)
      socket.on('close', () => this.#busy.delete(socket))
    })
    server.on('request', ({ socket }, response) => {
      this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1)
      response.on('close', () => this.#answered(socket))
    })
  }

  /** Closes every connection as soon as it carries no request. */
  close(): void {
    this.#closing = true
    for (const [socket, requests] of this.#busy) if (requests === 0) socket.destroy()
  }

  #answered(socket: Socket): void {
    const requests = (this.#busy.get(socket) ?? 1) - 1
    if (this.#busy.has(socket)) this.#busy.set(socket, requests)
    if (this.#closing && requests === 0) socket.end()
  }
}
