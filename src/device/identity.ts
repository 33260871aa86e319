/**
 * Who a simulated device is: its ID, the IDs of its channels, and what it says of itself in DeviceInfo, DeviceStatus and
 * Catalog (GB/T 28181 Annex A.2.6.5 to A.2.6.7, Annex E.1, protocol notes 03).
 */
import type { Outgoing } from '../manscdp/message.ts'
import type { Edition } from '../manscdp/schema.ts'
import { formatDateTime } from '../manscdp/time.ts'

export interface Description {
  readonly manufacturer: string
  readonly model: string
  readonly firmware: string
}

export interface Channel {
  readonly id: string
  readonly name: string
}

/** Table 2 of Annex E.1: a network camera. */
const cameraType = '132'
/** Moves the channels of a device that is itself of type 132 out of the way of other devices' IDs. */
const ownTypeOffset = 5_000_000

/**
 * The ID of channel `index` (from 0) of a device: its domain, type 132, and a number in the last seven digits such that
 * devices with consecutive IDs and equally many channels have consecutive channels.
 */
export function channelId(deviceId: string, channels: number, index: number): string {
  const number = Math.max(0, Number(deviceId.slice(13)) - 1) * channels + index + 1
  const offset = deviceId.slice(10, 13) === cameraType ? ownTypeOffset : 0
  return `${deviceId.slice(0, 10)}${cameraType}${String((number + offset) % 1e7).padStart(7, '0')}`
}

export const channelsOf = (deviceId: string, channels: number): readonly Channel[] =>
  Array.from({ length: channels }, (_, index) => ({
    id: channelId(deviceId, channels, index),
    name: `通道${index + 1}`,
  }))

/** The ID that lies `steps` after `id` in its six digits of serial; undefined where they do not suffice. */
export function laterId(id: string, steps: number): string | undefined {
  const serial = Number(id.slice(14)) + steps
  return serial > 999_999 ? undefined : id.slice(0, 14) + String(serial).padStart(6, '0')
}

/** The value of `X-GB-Ver` (2022 Annex I). */
export const gbVersionHeader = { 2011: '1.0', 2014: '1.1', 2016: '2.0', 2022: '3.0' } as const satisfies Record<
  Edition,
  string
>

/** What is asked, and of whom. */
export interface Asked {
  readonly sn: number
  readonly deviceId: string
}

export function deviceInfo({ sn, deviceId }: Asked, description: Description, channels: number): Outgoing {
  const { manufacturer, model, firmware } = description
  return {
    root: 'Response',
    cmdType: 'DeviceInfo',
    sn,
    deviceId,
    value: {
      DeviceName: '模拟设备',
      Result: 'OK',
      DeviceType: channels > 1 ? 'NVR' : 'IPC',
      Manufacturer: manufacturer,
      Model: model,
      Firmware: firmware,
      MaxCamera: channels,
      MaxAlarm: 0,
      Channel: channels,
    },
  }
}

export const deviceStatus = ({ sn, deviceId }: Asked, at: number): Outgoing => ({
  root: 'Response',
  cmdType: 'DeviceStatus',
  sn,
  deviceId,
  value: {
    Result: 'OK',
    Online: 'ONLINE',
    Status: 'OK',
    Encode: 'ON',
    Record: 'OFF',
    DeviceTime: formatDateTime(at),
    Alarmstatus: [],
  },
})

/** The answer to a Catalog query, `perMessage` items in each message (Annex M of 2022: SumNum counts all of them). */
export function catalog(
  { sn, deviceId }: Asked,
  parts: { items: readonly Channel[]; parentId: string; description: Description; perMessage: number },
): Outgoing[] {
  const { items, perMessage } = parts
  const lists = Array.from({ length: Math.max(1, Math.ceil(items.length / perMessage)) }, (_, n) =>
    items.slice(n * perMessage, (n + 1) * perMessage),
  )
  return lists.map((list) => ({
    root: 'Response',
    cmdType: 'Catalog',
    sn,
    deviceId,
    value: { SumNum: items.length, DeviceList: list.map((channel) => catalogItem(channel, parts)) },
  }))
}

/** All that 2022 demands of a camera; what an edition does not have is left out when it is printed. */
const catalogItem = (
  { id, name }: Channel,
  { parentId, description }: { parentId: string; description: Description },
) => ({
  DeviceID: id,
  Name: name,
  Manufacturer: description.manufacturer,
  Model: description.model,
  Owner: 'Owner',
  CivilCode: id.slice(0, 6),
  Address: '模拟地址',
  Parental: 0,
  ParentID: parentId,
  SafetyWay: 0,
  RegisterWay: 1,
  Secrecy: 0,
  Status: 'ON' as const,
  Info: { PTZType: 3, GrassrootsCode: '000000', PointType: 9 },
})
