import { describe, expect, it } from 'vitest'
import { classifyId, domainOf, isDeviceId, parseDeviceId } from '../../src/manscdp/index.ts'

describe('the 20-digit ID (Annex E.1)', () => {
  it('says where, in which industry, of which type, in which network', () => {
    expect(parseDeviceId('34020000001327000001')).toEqual({
      ok: true,
      id: {
        id: '34020000001327000001',
        province: '34',
        city: '02',
        district: '00',
        unit: '00',
        industry: '00',
        type: 132,
        network: 7,
        serial: '000001',
        domain: '3402000000',
        kind: 'peripheral',
      },
    })
  })

  it.each(['', '3402000000', '340200000013200000011', '3402000000132000000x', ' 34020000001320000001'])(
    'is not %j',
    (text) => {
      expect(isDeviceId(text)).toBe(false)
      expect(parseDeviceId(text)).toEqual({ ok: false, reason: 'not-20-digits' })
    },
  )

  it('begins with its SIP domain', () => expect(domainOf('44010200492000000001')).toBe('4401020049'))

  it.each([
    ['34', 'division'],
    ['3402', 'division'],
    ['340200', 'division'],
    ['34020000', 'division'],
    ['340', 'private'],
    ['34020000002000000001', 'system'],
    ['34020000002150000001', 'business-group'],
    ['34020000002160000001', 'virtual-organisation'],
    ['34020000001110000001', 'main-device'],
    ['34020000001300000001', 'main-device'],
    ['34020000001310000001', 'peripheral'],
    ['34020000001990000001', 'peripheral'],
    ['34020000002020000001', 'platform-device'],
    ['34020000003000000001', 'user'],
    ['34020000005010000001', 'external-server'],
    ['34020000006000000001', 'extension'],
    ['34020000001100000001', 'private'],
    ['camera-7', 'private'],
  ])('%s is a %s (table 2)', (id, kind) => expect(classifyId(id)).toBe(kind))
})
