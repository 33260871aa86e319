/** Who the platform and the devices of a benchmark are; the same for every server. */

export const platformId = '34020000002000000001'
export const realm = '3402000000'
export const password = 'bench-Pass1234'

/** The 20 digits of device `number`, from 1. */
export const deviceId = (number: number): string => `3402000000111${String(number).padStart(7, '0')}`

/** Its one channel. */
export const channelId = (number: number): string => `3402000000131${String(number).padStart(7, '0')}`

/** The Call-ID of all REGISTERs of device `number`, as `sippCallId` has SIPp make it. */
export const callId = (number: number): string => `${number}-bench@127.0.0.1`

/** For SIPp's `-cid_str`: %u is the number of the call, and with it of the device. */
export const sippCallId = '%u-bench@127.0.0.1'
