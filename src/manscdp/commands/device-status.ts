/**
 * DeviceStatus: how a device fares (A.2.4.3 query, A.2.6.5 answer). `Online` says whether it is there; `Status` only
 * whether it works normally.
 */
import { dateTime, list, mandatory, object, oneOf, optional, text } from '../schema.ts'
import { extraInfo, onOff, plainInfo, result } from './values.ts'

const query = object({})

const alarmDevice = object({
  DeviceID: mandatory(text()),
  DutyStatus: mandatory(oneOf({ ONDUTY: [], OFFDUTY: [], ALARM: [] }), {
    spelled: { 2011: 'Status', 2014: 'StatusDutyStatus' },
  }),
})

const response = object({
  Result: mandatory(result()),
  /** `OFFILE` is a common misspelling. */
  Online: mandatory(oneOf({ ONLINE: ['ON', 'OK'], OFFLINE: ['OFFILE', 'OFF'] })),
  Status: mandatory(result()),
  /** Why it does not work. */
  Reason: optional(text()),
  Encode: optional(onOff()),
  Record: optional(onOff()),
  /** The device's own clock, Beijing time. */
  DeviceTime: optional(dateTime()),
  /** State of the alarm inputs; the small `s` is the standard's. */
  Alarmstatus: list('Item', alarmDevice, { num: { 2016: 'num' } }),
  Info: plainInfo(),
  ExtraInfo: extraInfo(),
})

export const deviceStatus = { Query: { DeviceStatus: query }, Response: { DeviceStatus: response } }
