/** What happens to a device or an actor, as it happens, over the WebSocket `/api/inspect`. A lost connection is made anew. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Recording, Subject } from '../../inspect/recorder/record.ts'
import type { ActorView } from '../../platform/api.ts'
import { Flight } from './flight.ts'

export type Line = 'connecting' | 'live' | 'lost'

/** As `GET /api/actors/{id}` answers. */
export type InspectedActor = ActorView & { readonly context?: unknown }

type Frame =
  | ({ readonly type: 'records' } & Recording)
  | { readonly type: 'actor'; readonly actor: InspectedActor }
  | { readonly type: 'actor.gone'; readonly id: string }
  | { readonly type: 'error'; readonly code: string; readonly message: string }

/** Milliseconds before a lost connection is made anew, at first and at most. */
const again = [500, 10_000] as const

interface Wanted {
  /** What is asked for, each time that the connection stands. */
  ask(): object
  hear(frame: Frame): void
  line(line: Line): void
}

/** @returns what ends it. */
function inspect({ ask, hear, line }: Wanted): () => void {
  let socket: WebSocket
  let wait: number = again[0]
  let timer: ReturnType<typeof setTimeout>
  let over = false
  const connect = () => {
    socket = new WebSocket(new URL('/api/inspect', location.href.replace(/^http/, 'ws')))
    socket.addEventListener('open', () => {
      wait = again[0]
      line('live')
      socket.send(JSON.stringify(ask()))
    })
    socket.addEventListener('message', ({ data }) => hear(JSON.parse(data)))
    socket.addEventListener('close', () => {
      if (over) return
      line('lost')
      timer = setTimeout(connect, wait)
      wait = Math.min(2 * wait, again[1])
    })
  }
  connect()
  return () => {
    over = true
    clearTimeout(timer)
    socket.close()
  }
}

export interface LiveFlight {
  readonly flight: Flight
  /** Changes whenever the flight has. */
  readonly version: number
  readonly line: Line
}

/** Drawn at most this often, milliseconds: the server's batches may come closer together. */
const drawEvery = 100

/** The flight record of a device, or of one Call-ID of it; undefined while there is no subject. */
export function useFlight(deviceId: string | undefined, callId?: string): LiveFlight | undefined {
  const [line, setLine] = useState<Line>('connecting')
  const [version, setVersion] = useState(0)
  const flight = useRef(new Flight())
  useEffect(() => {
    if (deviceId === undefined) return
    const subject: Subject = { deviceId, ...(callId !== undefined && { callId }) }
    flight.current = new Flight()
    let timer: ReturnType<typeof setTimeout> | undefined
    const draw = () => {
      timer = undefined
      setVersion((before) => before + 1)
    }
    const end = inspect({
      // All that is kept is asked for anew: a server that was started again counts from one.
      ask: () => ({ follow: subject }),
      hear: (frame) => {
        if (frame.type !== 'records') return
        flight.current.take(frame)
        timer ??= setTimeout(draw, drawEvery)
      },
      line: setLine,
    })
    return () => {
      end()
      clearTimeout(timer)
    }
  }, [deviceId, callId])
  return deviceId === undefined ? undefined : { flight: flight.current, version, line }
}

/** One actor as it is now; the last that was known of it, once it has ended. */
export function useInspected(id: string): { actor?: InspectedActor; gone: boolean; line: Line } {
  const [actor, setActor] = useState<InspectedActor>()
  const [gone, setGone] = useState(false)
  const [line, setLine] = useState<Line>('connecting')
  useEffect(
    () =>
      inspect({
        ask: () => ({ actor: id }),
        hear: (frame) => {
          if (frame.type === 'actor') setActor(frame.actor)
          else if (frame.type === 'actor.gone') setGone(true)
        },
        line: setLine,
      }),
    [id],
  )
  return { ...(actor !== undefined && { actor }), gone, line }
}
