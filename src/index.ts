/**
 * gb28181: a GB/T 28181 signalling engine in which the protocol is a set of XState statecharts.
 *
 * ```ts
 * import { createPlatform } from 'gb28181'
 *
 * await using platform = createPlatform({ password: 'secret' })
 * platform.on('device.online', async ({ deviceId }) => console.log(deviceId, 'is online'))
 * await platform.start()
 * ```
 */
export type { InvitedEnd, OfflineReason, SessionFailure } from '../machines/index.ts'
export {
  createDevice,
  createFleet,
  type Device,
  type DeviceEvent,
  type DeviceEvents,
  type DeviceOptions,
  type DeviceSummary,
  deviceProfiles,
  type FaultName,
  type Fleet,
  type FleetOptions,
  faultDescriptions,
} from './device/index.ts'
export type { Endpoint, ListenAddress, Network, Transport } from './engine/network.ts'
export type { Random } from './engine/options.ts'
export { type ErrorDetails, type Evidence, Gb28181Error } from './errors.ts'
export type { MediaListener, MediaReceiver, MediaServer, MediaStatistics } from './media/types.ts'
export type * from './platform/api.ts'
export { createPlatform } from './platform/create.ts'
export type { DeviceSecret, Logger, PlatformLimits, PlatformOptions } from './platform/options.ts'
export type { Platform, Session } from './platform/platform.ts'
export type { Clock } from './statechart/clock.ts'
