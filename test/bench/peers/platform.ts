/**
 * Ours: a platform with UDP on the loopback, in a process of its own. `node platform.ts EXECUTOR [unrecorded]`; sends its port when it
 * listens, places calls on demand (a `CallOrder`, answered by `{ failed, why }` when the last is over), and on `'tidy'`
 * collects its garbage (with --expose-gc) and answers when it is done.
 *
 * All as `gb28181 platform` has it, but two things: devices send no keepalives while they are measured at registering, so they are
 * expected every five minutes only; and media is said to have arrived at once, as nobody sends any.
 */
import {
  createPlatform,
  type Platform,
  type PlatformOptions,
  type PlayRequest,
  type Session,
} from '../../../src/index.ts'
import type { MediaReceiver, MediaRequest, MediaServer } from '../../../src/media/types.ts'
import { channelId, deviceId, password, platformId } from '../identity.ts'

/** What the bench asks for over the channel. */
export interface CallOrder {
  readonly calls: number
  /** Devices to call, in turn. */
  readonly devices: number
  /** Calls a second. */
  readonly rate: number
}

/** Milliseconds from one batch of calls to the next. */
const batchEvery = 10

const nothingReceived = {
  ...{ packets: 0, bytes: 0, lost: 0, outOfOrder: 0, jitterMs: 0, strays: [] },
  ...{ strayPackets: 0, invalid: 0, bitrate: 0, frames: 0 },
}

const source = { address: '127.0.0.1', port: 9 }

class Flow implements MediaReceiver {
  readonly address = '127.0.0.1'
  readonly port = 30_000
  readonly #request: MediaRequest

  constructor(request: MediaRequest) {
    this.#request = request
  }

  expect(): void {
    const { ssrc, listener } = this.#request
    listener.onMedia(Date.now(), { ssrc, source, ssrcDiffers: false })
  }

  statistics() {
    return nothingReceived
  }

  async close(): Promise<void> {}
}

class MediaThatFlows implements MediaServer {
  readonly ports = { total: 10_000, inUse: 0 }

  async open(request: MediaRequest): Promise<MediaReceiver> {
    return new Flow(request)
  }

  async close(): Promise<void> {}
}

/** Each call is hung up as soon as it stands. */
const hangUp = (session: Session): Promise<void> => session.close()

/** Whoever plays a channel has its id, as SIPp has its file of devices: to make it up is not what a call costs. */
const requests: PlayRequest[] = []

function requestFor(number: number): PlayRequest {
  requests[number] ??= { deviceId: deviceId(number), channelId: channelId(number) }
  return requests[number]
}

function placeCalls(platform: Platform, { calls, devices, rate }: CallOrder): Promise<{ failed: number; why: string }> {
  const { promise, resolve } = Promise.withResolvers<{ failed: number; why: string }>()
  let [begun, over, failed, why] = [0, 0, 0, '']
  const isOver = () => {
    if (++over === calls) resolve({ failed, why })
  }
  const failedWith = (error: unknown) => {
    failed++
    why = String(error)
    isOver()
  }
  const batches = setInterval(() => {
    for (let batch = (rate * batchEvery) / 1000; batch > 0 && begun < calls; batch--)
      platform
        .play(requestFor((begun++ % devices) + 1))
        .then(hangUp)
        .then(isOver, failedWith)
    if (begun === calls) clearInterval(batches)
  }, batchEvery)
  return promise
}

/** As often as it frees anything: V8 moves together only some of what lies scattered each time. */
function collectGarbage(): void {
  for (let before = Number.POSITIVE_INFINITY, now = process.memoryUsage.rss(); now < 0.99 * before; ) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    before = now
    now = process.memoryUsage.rss()
  }
}

const executor = process.argv[2] as PlatformOptions['executor']
const platform = createPlatform({
  id: platformId,
  password,
  listen: [{ transport: 'UDP', address: '127.0.0.1', port: 0 }],
  keepalive: 300,
  media: new MediaThatFlows(),
  ...(executor && { executor }),
  ...(process.argv[3] === 'unrecorded' && { record: false }),
})
await platform.start()
process.on('message', (order: CallOrder | 'tidy') => {
  if (order !== 'tidy') return void placeCalls(platform, order).then((result) => process.send?.(result))
  collectGarbage()
  process.send?.('done')
})
process.on('disconnect', () => process.exit())
process.send?.({ port: platform.address()[0]?.port })
