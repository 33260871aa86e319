/** The codecs by themselves: a Catalog response out, bytes in GB18030, and in again. */
import { isMessage, parseManscdp, printManscdp } from 'gb28181/manscdp'
import { parseSdp, playOffer, printSdp } from 'gb28181/sip'

const body = printManscdp(
  {
    root: 'Response',
    cmdType: 'Catalog',
    sn: 17,
    deviceId: '34020000001110000001',
    value: { SumNum: 1, DeviceList: [{ DeviceID: '34020000001320000001', Name: '北门' }] },
  },
  { edition: 2022 },
)
const read = parseManscdp(body)
if (read.ok && isMessage(read.message, 'Response', 'Catalog'))
  console.log(read.message.charset, read.message.value?.DeviceList[0]?.Name)

const offer = playOffer({
  id: '34020000002000000001',
  address: '192.0.2.20',
  port: 30_000,
  ssrc: '0200000001',
  transport: 'udp',
})
const again = parseSdp(printSdp(offer))
console.log(again.ok && again.sdp.ssrc?.text)
