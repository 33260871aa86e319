import { describe, expect, it } from 'vitest'
import { attachCommand, type BannerFacts, banner, warnings } from '../../src/cli/banner.ts'

const facts: BannerFacts = {
  id: '34020000002000000001',
  realm: '3402000000',
  listen: [
    { transport: 'UDP', address: '0.0.0.0', port: 5060 },
    { transport: 'TCP', address: '0.0.0.0', port: 5060 },
  ],
  http: { address: '127.0.0.1', port: 8080 },
  httpToken: false,
  advertise: undefined,
  password: { from: 'generated', password: 'a1b2c3' },
  keepalive: 60,
  keepaliveLimit: 3,
}
const one = ['192.168.1.10']
const several = ['192.168.1.10', '10.0.0.5', 'fd00::5']
const told = (more: Partial<BannerFacts>, own = one) =>
  warnings({ ...facts, ...more }, own, false).map(({ message }) => message)

describe('the banner', () => {
  it('gives a camera every value it asks for', () => {
    const text = banner(facts, one)
    for (const value of ['34020000002000000001', '3402000000', '192.168.1.10', '5060', 'a1b2c3', '3600 s', '60 s × 3'])
      expect(text).toContain(value)
  })

  it.each([
    ['environment', '(GB28181_PASSWORD)'],
    ['option', '(--password)'],
    ['file', '(--password-file, by device)'],
  ] as const)('says where a password of the %s is, and not what it is', (from, said) => {
    expect(banner({ ...facts, password: { from } }, one)).toContain(said)
  })

  it('names in the command only what differs from its defaults', () => {
    expect(attachCommand(facts)).toBe('npx gb28181 device --server 127.0.0.1:5060 --password a1b2c3')
    const other = { id: '11000000002000000001', listen: [{ transport: 'TCP', address: '::1', port: 5070 }] } as const
    expect(attachCommand({ ...facts, ...other })).toBe(
      'npx gb28181 device --server [::1]:5070 --server-id 11000000002000000001 --transport tcp --password a1b2c3',
    )
  })
})

describe('the command that attaches a device', () => {
  it.each(['environment', 'option', 'file'] as const)('leaves room for a password of the %s', (from) => {
    expect(attachCommand({ ...facts, password: { from } })).toBe(
      "npx gb28181 device --server 127.0.0.1:5060 --password 'THE PASSWORD'",
    )
  })
})

describe('a receive address that cameras may not reach', () => {
  it('is no concern where there is one address, or the right one is named', () => {
    expect(told({})).toEqual([])
    expect(told({ advertise: '10.0.0.5' }, several)).toEqual([])
  })

  it('is warned of where there are several and none is named', () => {
    expect(told({}, several)).toEqual([expect.stringContaining('192.168.1.10, 10.0.0.5')])
  })

  it('is warned of where the named one is loopback, or of another machine', () => {
    expect(told({ advertise: '127.0.0.1' })).toEqual([expect.stringContaining('this machine only')])
    expect(told({ advertise: '203.0.113.9' })).toEqual([expect.stringContaining('NAT')])
  })

  it('is warned of in a container, and where only loopback is listened on', () => {
    expect(warnings(facts, one, true)).toMatchObject([{ code: 'container' }])
    expect(told({ listen: [{ transport: 'UDP', address: '127.0.0.1', port: 5060 }] })).toHaveLength(1)
  })
})
