/**
 * All sessions: at most one live play per channel, shared by its viewers; ended ones stay visible for a while.
 */
import type { InputFrom } from 'xstate'
import { patience, rfc3261, type Timers } from '../../machines/transaction/timers.ts'
import { without } from '../engine/lists.ts'
import { Roster } from '../engine/roster.ts'
import { Gb28181Error } from '../errors.ts'
import { MediaError, type MediaReceiver, type MediaServer } from '../media/types.ts'
import type { PlayRequest, SessionView, Waiting } from './api.ts'
import type { Device } from './device.ts'
import { sessionFailures } from './explain.ts'
import type { PlatformLimits } from './options.ts'
import { invitingLogic, PlaySession, type SessionHost } from './session.ts'
import { type SessionFacts, sessionView } from './session-facts.ts'
import { SsrcPool } from './ssrc.ts'

export interface SessionsOptions {
  readonly media: MediaServer
  readonly strictSsrc: boolean
  readonly answerTimeout: number
  readonly mediaTimeout: number
  readonly limits: PlatformLimits
  readonly timers?: Timers | undefined
}

export interface SessionsListener {
  created(session: PlaySession): void
  ended(session: PlaySession): void
}

export class Sessions {
  readonly #host: SessionHost
  readonly #options: SessionsOptions
  readonly #listener: SessionsListener
  readonly #ssrcs: SsrcPool
  readonly #live = new Roster<PlaySession>()
  /** How many channels are taken, from before the media port is opened: which, their devices have. */
  #channels = 0
  /** The last ones that ended. */
  readonly #ended: Recent<SessionFacts>
  /** The same object for all: nobody changes it, and the recorder knows it again. */
  readonly #input: InputFrom<typeof invitingLogic>

  constructor(host: SessionHost, options: SessionsOptions, listener: SessionsListener) {
    this.#host = host
    this.#options = options
    this.#listener = listener
    this.#ended = new Recent(options.limits.endedSessions)
    this.#ssrcs = new SsrcPool(host.platformId)
    const { answerTimeout, mediaTimeout, timers = rfc3261 } = options
    this.#input = { limits: { answer: answerTimeout, media: mediaTimeout, cancel: patience(timers) } }
  }

  /** Plays a channel. Resolves when media flows; rejects with the typed reason. The viewer is the caller's own. */
  async play(
    device: Device,
    request: PlayRequest,
    waiting: Waiting,
  ): Promise<{ session: PlaySession; viewerId: string }> {
    const last = device.plays.find(({ channelId }) => channelId === request.channelId)
    // One that is ending waits for an answer that may never come: it must not keep the channel from being played.
    const running = last?.joinable ? last : undefined
    if (running !== undefined && request.share !== true) throw sessionExists(running)
    const session = running ?? this.#reserve(device, request.channelId, last)
    const viewerId = this.#host.engine.options.random.hex(8)
    session.viewers = [...session.viewers, viewerId]
    if (running === undefined) await this.#begin(session, waiting.signal)
    try {
      const { signal, timeout } = waiting
      if (signal === undefined && timeout === undefined) await session.playing()
      else await this.#withinPatience(session, waiting)
    } catch (error) {
      // Whoever gives up before media flows, or is told that none will come, is no viewer any more.
      this.leave(session, viewerId).catch(() => {})
      throw error
    }
    return { session, viewerId }
  }

  get(id: string): SessionView | undefined {
    const facts = this.#live.get(id)?.facts() ?? this.#ended.find((ended) => ended.id === id)
    return facts && sessionView(facts)
  }

  live(id: string): PlaySession | undefined {
    return this.#live.get(id)
  }

  all(): readonly SessionView[] {
    return [...this.#ended.all(), ...this.#live.all().map((session) => session.facts())].map(sessionView)
  }

  /** Takes a viewer away, or all; the last one ends the session. Resolves when it is over. */
  leave(session: PlaySession, viewerId?: string): Promise<void> {
    if (viewerId !== undefined && !session.viewers.includes(viewerId))
      return Promise.reject(new Gb28181Error('viewer-not-found', `Session ${session.id} has no viewer ${viewerId}.`))
    session.viewers = viewerId === undefined ? [] : without(session.viewers, viewerId)
    if (session.viewers.length > 0) return Promise.resolve()
    session.stop()
    return session.over()
  }

  /** The channel, in the place of one that is ending, and an SSRC are taken; nothing is sent yet. */
  #reserve(device: Device, channelId: string, last: PlaySession | undefined): PlaySession {
    const full = Math.max(this.#channels, this.#live.size) >= this.#options.limits.sessions
    const ssrc = full ? undefined : this.#ssrcs.take()
    if (ssrc === undefined) throw tooManySessions()
    const { random } = this.#host.engine.options
    const session = new PlaySession(this.#host, { id: random.hex(8), device, channelId, ssrc })
    if (last !== undefined) this.#leaveChannel(last)
    device.plays = [...device.plays, session]
    this.#channels += 1
    return session
  }

  /** Unless another session has its place. */
  #leaveChannel(session: PlaySession): void {
    const { device } = session
    if (!device.plays.includes(session)) return
    device.plays = without(device.plays, session)
    this.#channels -= 1
  }

  async #begin(session: PlaySession, signal: AbortSignal | undefined): Promise<void> {
    try {
      const receiver = await this.#openMedia(session, signal)
      const obstacle = this.#obstacleTo(session)
      if (obstacle !== undefined) {
        await receiver.close()
        throw obstacle
      }
      this.#run(session, receiver)
    } catch (cause) {
      this.#leaveChannel(session)
      this.#ssrcs.giveBack(session.ssrc)
      const error = signal?.aborted ? signal.reason : publicError(cause)
      session.neverBegan(error)
      throw error
    }
  }

  /** What has happened while the media port was being opened. */
  #obstacleTo({ device }: PlaySession): Gb28181Error | undefined {
    if (this.#host.engine.state !== 'serving') return new Gb28181Error('closed', 'The platform is being closed.')
    const { message, hint } = sessionFailures['device-offline']
    return device.online ? undefined : new Gb28181Error('device-offline', message, { hint })
  }

  #openMedia(session: PlaySession, signal: AbortSignal | undefined): Promise<MediaReceiver> {
    return this.#options.media.open({
      sessionId: session.id,
      ssrc: session.ssrc.number,
      transport: 'udp',
      strictSsrc: this.#options.strictSsrc,
      listener: session,
      ...(signal && { signal }),
    })
  }

  #run(session: PlaySession, receiver: MediaReceiver): void {
    const { device } = session
    this.#live.set(session.id, session)
    device.begin(session)
    const actor = this.#host.engine.spawn(invitingLogic, {
      key: session.actorKey,
      owner: session,
      input: this.#input,
      parent: device.actor,
      owing: true,
      drain: () => session.stop(),
      ended: ({ status }) => this.#end(session, status === 'error'),
    })
    this.#listener.created(session)
    session.run(actor, receiver)
  }

  #end(session: PlaySession, crashed: boolean): void {
    session.device.end(session)
    this.#leaveChannel(session)
    // The view is taken with the statistics of the last moment; the port is given back beside it.
    const closed = session.end(crashed)
    this.#live.delete(session.id)
    this.#ended.add(session.facts())
    this.#ssrcs.giveBack(session.ssrc)
    this.#listener.ended(session)
    // A receiver that fails to close has nobody left to tell but the process's own warning.
    closed.catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)))
  }

  /** For callers who want to wait no longer than so. */
  async #withinPatience(session: PlaySession, { signal, timeout }: Waiting): Promise<void> {
    signal?.throwIfAborted()
    const { clock } = this.#host.engine.options
    const { promise: givenUp, reject: give } = Promise.withResolvers<never>()
    const abort = () => give(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const late = () => give(tooLate(session, timeout))
    const timer = timeout === undefined ? undefined : clock.setTimeout(late, timeout)
    try {
      await Promise.race([session.playing(), givenUp])
    } finally {
      signal?.removeEventListener('abort', abort)
      clock.clearTimeout(timer)
    }
  }
}

/** The last so many, oldest first. */
class Recent<T> {
  readonly #most: number
  readonly #kept: T[] = []
  /** Where the next one goes. */
  #next = 0

  constructor(most: number) {
    this.#most = most
  }

  add(element: T): void {
    if (this.#most === 0) return
    this.#kept[this.#next] = element
    this.#next = (this.#next + 1) % this.#most
  }

  find(wanted: (element: T) => boolean): T | undefined {
    return this.#kept.find(wanted)
  }

  all(): T[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)]
  }
}

/** What a media port that cannot be had means for whoever wants to play. */
function publicError(error: unknown): unknown {
  if (!(error instanceof MediaError)) return error
  const reason = error.code === 'media-port-unavailable' ? error.code : 'cancelled'
  const { message, hint } = sessionFailures[reason]
  return new Gb28181Error(reason, message, { hint, cause: error })
}

const sessionExists = (running: PlaySession): Gb28181Error =>
  new Gb28181Error('session-exists', 'The channel is playing already.', {
    hint: 'Join it with "share": true, or stop it first.',
    sessionId: running.id,
  })

const tooLate = ({ id, trail }: PlaySession, timeout: number | undefined): Gb28181Error =>
  new Gb28181Error('cancelled', `No media within ${timeout} ms.`, {
    hint: 'The evidence tells how far it came; give it more time, or see why the device is slow.',
    evidence: trail.entries(),
    sessionId: id,
  })

const tooManySessions = (): Gb28181Error =>
  new Gb28181Error('overload', 'As many sessions run as may run at once.', {
    hint: 'End sessions that nobody watches.',
  })
