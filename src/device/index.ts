/** The lower side: simulated devices, one or thousands (GB/T 28181, the device's part). */
export { createDevice, type Device, type DeviceSessionView, type DeviceState } from './device.ts'
export type {
  DeviceEvent,
  DeviceEventFilter,
  DeviceEventName,
  DeviceEvents,
  EventGap,
  LostReason,
} from './events.ts'
export {
  type FaultDescription,
  type FaultName,
  type Faults,
  faultDescriptions,
  faultNames,
  parseFault,
} from './faults.ts'
export { createFleet, type Fleet, type FleetOptions } from './fleet.ts'
export { type Channel, channelsOf, laterId } from './identity.ts'
export type { DeviceOptions } from './options.ts'
export { type DeviceProfile, deviceProfiles } from './profiles.ts'
export { type OpenRtp, openUdpRtp, type RtpPort } from './rtp-port.ts'
export type { DeviceSummary } from './tally.ts'
