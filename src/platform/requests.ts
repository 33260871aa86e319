/** The requests that the platform sends to a device outside of a dialog (GB/T 28181 6.1.2 and 9.5, protocol notes 01). */
import type { OutgoingRequest } from '../engine/client-transaction.ts'
import type { Engine } from '../engine/engine.ts'
import { endpointText } from '../engine/network.ts'
import type { Device } from './device.ts'

export interface PlatformIdentity {
  readonly platformId: string
  readonly realm: string
}

/** `sip:<id>@<where the device really is>`: behind NAT the address of its Contact cannot be reached. */
export const deviceUri = (device: Device, id: string): string => `sip:${id}@${endpointText(device.flow.remote)}`

export const platformUri = ({ platformId, realm }: PlatformIdentity): string => `sip:${platformId}@${realm}`

/** A MESSAGE with a MANSCDP body. */
export function messageRequest(
  engine: Engine,
  identity: PlatformIdentity,
  device: Device,
  { callId, body }: { callId: string; body: Buffer },
): OutgoingRequest {
  const uri = deviceUri(device, device.id)
  return {
    method: 'MESSAGE',
    uri,
    flow: device.flow,
    from: `<${platformUri(identity)}>;tag=${engine.newTag()}`,
    to: `<${uri}>`,
    callId,
    cseq: 1,
    headers: [{ name: 'Content-Type', value: 'Application/MANSCDP+xml' }],
    body,
  }
}
