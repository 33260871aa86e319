/** DeviceInfo: what a device is (A.2.4.5 query, A.2.6.6 answer). */
import { integer, mandatory, object, optional, text } from '../schema.ts'
import { extraInfo, plainInfo, result } from './values.ts'

const query = object({})

const response = object({
  DeviceName: optional(text(), { since: 2014 }),
  Result: mandatory(result()),
  DeviceType: optional(text(), { until: 2016 }),
  Manufacturer: optional(text()),
  Model: optional(text()),
  Firmware: optional(text()),
  MaxCamera: optional(integer(), { until: 2016 }),
  MaxAlarm: optional(integer(), { until: 2016 }),
  /** Number of video channels, 0 or more. */
  Channel: optional(integer()),
  Info: plainInfo(),
  ExtraInfo: extraInfo(),
})

export const deviceInfo = { Query: { DeviceInfo: query }, Response: { DeviceInfo: response } }
