/** Value types that the commands of Annex A share (A.2.1), with the other words that devices send for them. */
import { oneOf, repeated, text } from '../schema.ts'

/** resultType, and the working state of Keepalive and DeviceStatus. */
export const result = () => oneOf({ OK: ['SUCCESS', '0', 'ON'], ERROR: ['OFF', 'FAIL', 'FAILED'] })

/** statusType. */
export const onOff = () => oneOf({ ON: ['ONLINE', 'OK'], OFF: ['OFFLINE', 'OFFILE'] })

/** Free extension text at the end of every command: `Info` until 2016, `ExtraInfo` (0 to n, at most 1024 characters) in 2022. */
export const extraInfo = () => repeated(text(), { since: 2022 })
export const plainInfo = () => repeated(text(), { until: 2016 })
