/** How a platform comes to be: what the caller brings is used, what is missing is made and ends with the platform. */
import { createSystemRandom } from '../engine/random.ts'
import { RecordExplainer } from '../inspect/findings/explainer.ts'
import { Recorder } from '../inspect/recorder/index.ts'
import { createEmbeddedMedia } from '../media/embedded.ts'
import { TimingWheel } from '../statechart/index.ts'
import { type PlatformOptions, resolveOptions, silentLogger } from './options.ts'
import { Platform } from './platform.ts'

/**
 * A platform that is not started yet. Opens nothing.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createPlatform(options: PlatformOptions = {}): Platform {
  const random = options.random ?? createSystemRandom()
  const resolved = resolveOptions(options, random)
  const logger = options.logger ?? silentLogger
  const wheel = options.clock
    ? undefined
    : new TimingWheel({ onError: (error) => logger.error({ error: String(error) }, 'a timer threw') })
  const clock = options.clock ?? wheel
  if (clock === undefined) throw new Error('a platform without a clock')
  const own = options.media
    ? undefined
    : createEmbeddedMedia({
        ports: resolved.mediaPorts,
        bind: mediaAddress(resolved.listen[0]?.address),
        clock,
        random: random.fraction,
      })
  const media = options.media ?? own
  if (media === undefined) throw new Error('a platform without media')
  const recorder = new Recorder(clock, resolved.record || {})
  const explainer = new RecordExplainer({ recorder, now: () => clock.now(), presence: resolved })
  const dispose = async () => {
    recorder.close()
    await own?.close()
    wheel?.close()
  }
  return new Platform(options, resolved, { clock, random, logger, media, recorder, explainer, dispose })
}

/** Media is received where signalling is. */
const mediaAddress = (address = '0.0.0.0'): string => address
