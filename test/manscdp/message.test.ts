import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMessage, parseManscdp, type RejectionCode } from '../../src/manscdp/index.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../support/corpus.ts'

const summary = (bytes: Uint8Array) => {
  const result = parseManscdp(bytes)
  if (!result.ok) return result.rejection.code
  const { root, cmdType, sn, deviceId } = result.message
  return [root, cmdType, sn, deviceId]
}
const oddities = (bytes: Uint8Array) => parseManscdp(bytes).notes.map(({ code }) => code)

describe('the envelope (A.1)', () => {
  it('finds CmdType, SN and DeviceID by name in any order and any case', () => {
    expect(
      summary(Buffer.from('<notify><DEVICEID>1</DEVICEID><sn> 0017 </sn><cmdtype>keepalive</cmdtype></notify>')),
    ).toEqual(['Notify', 'Keepalive', 17, '1'])
  })

  it('keeps an unknown CmdType as sent, with its tree and no value', () => {
    const result = parseManscdp(Buffer.from('<Query><CmdType>Vendor</CmdType><SN>1</SN><X>2</X></Query>'))
    expect(result).toMatchObject({ ok: true, message: { cmdType: 'Vendor', value: undefined } })
    expect(result.ok && result.message.raw.children[2]).toMatchObject({ name: 'X', text: '2' })
  })

  it.each([
    ['', 'SN', 'missing-field'],
    ['<SN/>', 'SN', 'missing-field'],
    ['<SN>x</SN>', 'SN', 'bad-value'],
    ['<SN>99999999999999999999</SN>', 'SN', 'bad-value'],
    ['<SN>-1</SN>', 'SN', 'bad-value'],
  ])('takes a message whose SN is %j, and notes it', (sn, where, code) => {
    const result = parseManscdp(Buffer.from(`<Query><CmdType>DeviceInfo</CmdType>${sn}</Query>`))
    expect(result).toMatchObject({
      ok: true,
      message: { sn: undefined, deviceId: undefined },
      notes: [{ code, where }],
    })
  })

  it.each<[string, RejectionCode]>([
    ['', 'empty'],
    ['\r\n', 'empty'],
    ['v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n', 'not-xml'],
    ['<html><CmdType>Catalog</CmdType></html>', 'unknown-root'],
    ['<Query><SN>1</SN></Query>', 'no-cmd-type'],
    ['<Query><CmdType> </CmdType></Query>', 'no-cmd-type'],
    ['<Query><CmdType>Catalog</CmdType><SN>1</SN><DeviceID>340200', 'truncated'],
  ])('refuses %j: %s', (body, code) => expect(summary(Buffer.from(body))).toBe(code))

  it('never repeats what a body says in a rejection: it can hold a password', () => {
    const result = parseManscdp(Buffer.from('<Secret1><Password>Secret2</Password></Secret1>'))
    expect(JSON.stringify(result)).not.toMatch(/Secret[12]/)
  })

  it('narrows a message to its command', () => {
    const result = parseManscdp(
      Buffer.from('<Response><CmdType>Catalog</CmdType><SN>1</SN><SumNum>0</SumNum></Response>'),
    )
    if (!result.ok) throw new Error(result.rejection.code)
    expect(isMessage(result.message, 'Notify', 'Keepalive')).toBe(false)
    expect(isMessage(result.message, 'Query', 'Catalog')).toBe(false)
    if (!isMessage(result.message, 'Response', 'Catalog')) throw new Error('not narrowed')
    const { SumNum, DeviceList }: { SumNum?: number; DeviceList: readonly object[] } = result.message.value
    expect([SumNum, DeviceList]).toEqual([0, []])
  })

  it('gives a message or a typed rejection for any bytes, and for any damage to a real one', () => {
    const good = Buffer.from(
      '<?xml version="1.0" encoding="GB2312"?><Response><CmdType>Catalog</CmdType><SN>1</SN><DeviceList Num="1"><Item><Name>门&amp;</Name></Item></DeviceList></Response>',
    )
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(([at, byte, length]) => {
      const bytes = Buffer.from(good)
      bytes[at] = byte
      return bytes.subarray(0, length)
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        const result = parseManscdp(bytes)
        expect(result.ok ? result.message.cmdType : result.rejection.code).toMatch(/./)
      }),
      { numRuns: 2000 },
    )
  })
})

describeCorpus('gbxml', 'bodies of real devices', () => {
  const verdicts: Record<string, readonly [sum: unknown, notes: readonly string[]]> = {
    'wvp903-hik-garbage-address-hibytes.xml': [
      ['Response', 'Catalog', 726289, '34020000001110000001'],
      ['undecodable-bytes', 'stray-less-than'],
    ],
    'wvp541-hik-0x01-address.xml': [['Response', 'Catalog', 726289, '34020000001110000001'], ['control-character']],
    'wvp1320-double-close-item.xml': [['Response', 'Catalog', 317343, '61010500002000000001'], ['unmatched-close-tag']],
    'monibuca111-mediastatus.xml': [['Notify', 'MediaStatus', 244, '34020000001320000001'], []],
    'ministry-mobileposition-notify.xml': [['Notify', 'MobilePosition', 128, '64000000001310000001'], []],
    'body-flylab-catalog-001.xml': [['Response', 'Catalog', 16705, '34020000001320000001'], []],
    'body-flylab-ws-001.xml': [['Notify', 'Keepalive', 877, '34020000001320000001'], []],
    'body-gosip12-01.xml': [['Response', 'Catalog', 159643, '37070000081118000002'], []],
    'body-keda-01.xml': [['Query', 'MobilePosition', 2289, '36010000002007000000'], []],
    'body-mp-01.xml': [['Query', 'MobilePosition', 51, '64000000001310000001'], []],
    'body-peer-ellean-021.xml': [['Response', 'DeviceStatus', 103, '12010100001320000001'], []],
    'body-peer-java445-008.xml': [['Response', 'DeviceInfo', 102, '34020000001320000001'], ['charset-mislabelled']],
    // The answer to a SUBSCRIBE: a Result and no list.
    'body-peer-java445-022.xml': [['Response', 'Catalog', 1795325199, '34020000001320000001'], ['missing-field']],
    'body-wvp436-01.xml': [['Query', 'MobilePosition', 955675, '34020000001320000005'], []],
  }

  it('has a verdict for every file of the folder', () => {
    expect(
      corpusIndex('gbxml')
        .map(({ file }) => file)
        .sort(),
    ).toEqual(Object.keys(verdicts).sort())
  })

  it.each(Object.entries(verdicts))('%s', (file, [sum, notes]) => {
    const bytes = readCorpus('gbxml', file)
    expect([summary(bytes), oddities(bytes)]).toEqual([sum, notes])
  })

  it('keeps the other items of a catalog with a broken Address', () => {
    const result = parseManscdp(readCorpus('gbxml', 'wvp903-hik-garbage-address-hibytes.xml'))
    expect(result.ok && result.message.value).toMatchObject({
      SumNum: 1,
      DeviceList: [{ Name: 'Camera 01', Parental: 0, Status: 'ON' }],
    })
  })

  it('reads Chinese in UTF-8 under a GB2312 declaration', () => {
    const result = parseManscdp(readCorpus('gbxml', 'body-peer-java445-008.xml'))
    expect(result.ok && result.message.value).toMatchObject({ DeviceName: '模拟设备1' })
  })
})

describeCorpus('gb28181', 'MANSCDP bodies inside real messages', () => {
  const bodies = corpusIndex<{ file: string }>('gb28181').flatMap(({ file }) => {
    const bytes = readCorpus('gb28181', file)
    const end = bytes.indexOf('\r\n\r\n')
    return /^content-type\s*:\s*application\/manscdp/im.test(bytes.subarray(0, end).toString('latin1'))
      ? [{ file, body: bytes.subarray(end + 4) }]
      : []
  })

  it('is forty-nine of them', () => expect(bodies.length).toBe(49))

  it.each(bodies)('$file', ({ file, body }) => {
    if (file === 'gogb9-02.sip') return expect(summary(body)).toBe('not-xml') // the page lost the tags
    const text = body.toString('latin1')
    const tag = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1]
    const root = /<(Control|Query|Notify|Response)>/.exec(text)?.[1]
    expect(summary(body)).toEqual([root, tag('CmdType'), Number(tag('SN')), tag('DeviceID')])
  })
})
