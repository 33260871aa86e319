/**
 * Vendors that a simulated device can pass for: what a platform can tell them apart by (protocol notes 08).
 */

export interface DeviceProfile {
  readonly name: string
  readonly userAgent: string
  readonly manufacturer: string
  readonly model: string
  readonly firmware: string
  /** Sends 101 Dialog Establishment between 100 and 200. */
  readonly early: boolean
  /** When media begins: the standard says after the ACK. */
  readonly mediaAfter: 'ack' | 'answer'
  /** Items in one Catalog message. */
  readonly catalogItemsPerMessage: number
}

const generic: DeviceProfile = {
  name: 'generic',
  userAgent: 'gb28181-device',
  manufacturer: 'gb28181',
  model: 'Simulated',
  firmware: '0.1.0',
  early: true,
  mediaAfter: 'ack',
  catalogItemsPerMessage: 4,
}

const hikvision: DeviceProfile = {
  name: 'hikvision',
  userAgent: 'Embedded Net DVR',
  manufacturer: 'Hikvision',
  model: 'DS-7608N-K2',
  firmware: 'V4.30.005',
  early: false,
  mediaAfter: 'ack',
  catalogItemsPerMessage: 1,
}

/** Pushes as soon as its 200 is out, so that media can be there before the 200 (ZLMediaKit#2390). */
const dahua: DeviceProfile = {
  name: 'dahua',
  userAgent: 'SIP UAS V2.1.4 (Dahua)',
  manufacturer: 'Dahua',
  model: 'DH-NVR4216',
  firmware: '4.001.0000000.6',
  early: true,
  mediaAfter: 'answer',
  catalogItemsPerMessage: 4,
}

export const deviceProfiles: readonly DeviceProfile[] = [generic, hikvision, dahua]

export const profileNamed = (name: string): DeviceProfile | undefined =>
  deviceProfiles.find((profile) => profile.name === name)
