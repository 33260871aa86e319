/** What the page says, in English and Chinese. Names of states, reasons and codes are the API's and stay as they are. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Language } from './settings.ts'

const texts = {
  devices: ['Devices', '设备'],
  sessions: ['Sessions', '会话'],
  actors: ['Statecharts', '状态机'],
  capture: ['Capture', '抓包'],
  api: ['API', '接口'],
  skip: ['Skip to content', '跳到内容'],
  language: ['中文', 'English'],
  theme: ['Theme', '主题'],
  auto: ['auto', '跟随系统'],
  light: ['light', '浅色'],
  dark: ['dark', '深色'],
  search: ['Search', '搜索'],
  state: ['State', '状态'],
  reason: ['Reason', '原因'],
  next: ['Next deadline', '下一期限'],
  address: ['Address', '地址'],
  name: ['Name', '名称'],
  vendor: ['Vendor', '厂商'],
  channels: ['Channels', '通道'],
  device: ['Device', '设备'],
  channel: ['Channel', '通道'],
  id: ['ID', '编号'],
  play: ['Play', '播放'],
  stop: ['Stop', '停止'],
  packets: ['Packets', '包数'],
  lost: ['Lost', '丢包'],
  bitrate: ['Bit rate', '码率'],
  started: ['Created', '创建于'],
  none: ['none', '无'],
  nothing: ['Nothing here yet.', '这里还没有内容。'],
  noMatch: ['Nothing matches the search.', '没有匹配的内容。'],
  events: ['Events', '事件'],
  live: ['Live statecharts', '运行中的状态机'],
  registered: ['Registered', '注册时间'],
  expires: ['Expires', '到期'],
  keepalive: ['Last keepalive', '最近心跳'],
  model: ['Model', '型号'],
  version: ['GB/T 28181 version', '国标版本'],
  welcome: ['Nothing is connected yet', '还没有设备接入'],
  welcomeText: [
    'Three ways to see the protocol at work. Nothing on this page leaves this machine.',
    '三种方式开始观察协议。本页面不向外部发送任何内容。',
  ],
  door1: ['Attach a simulated camera', '接入模拟摄像机'],
  door1Text: [
    'It registers, answers queries and streams, in this process. A fault can be built in.',
    '在本进程内注册、应答查询并推流，可内置一种故障。',
  ],
  attach: ['Attach', '接入'],
  fault: ['Fault', '故障'],
  attached: ['Attached', '已接入'],
  door2: ['Connect a real camera', '接入真实摄像机'],
  door2Text: ['Enter this in its GB/T 28181 settings:', '在摄像机的 GB/T 28181 设置中填写：'],
  serverId: ['SIP server ID', 'SIP 服务器编号'],
  domain: ['SIP domain', 'SIP 服务器域'],
  serverAddress: ['SIP server address', 'SIP 服务器地址'],
  serverPort: ['SIP server port', 'SIP 服务器端口'],
  deviceId: ['Device ID', '设备编号'],
  ownId: ['its own 20 digits', '摄像机自身的 20 位编号'],
  password: ['Password', '密码'],
  registration: ['Registration', '注册有效期'],
  heartbeat: ['Heartbeat', '心跳周期 × 次数'],
  generated: ['printed when the platform started', '见平台启动时的输出'],
  environment: ['as set in GB28181_PASSWORD', '见 GB28181_PASSWORD'],
  option: ['as given with --password', '见 --password'],
  file: ['in the password file, by device', '见密码文件，按设备'],
  listening: ['No packet has come yet. Waiting…', '尚未收到任何报文，等待中…'],
  lastPacket: ['Last heard', '最近收到'],
  door3: ['Open a capture', '打开抓包文件'],
  door3Text: [
    'pcap, pcapng or SIP text, up to 8 MiB. Drop it anywhere on this page, or choose it.',
    'pcap、pcapng 或 SIP 文本，最大 8 MiB。拖到本页任意位置，或选择文件。',
  ],
  choose: ['Choose a file', '选择文件'],
  dropHere: ['Drop to open', '松开以打开'],
  reading: ['Reading…', '读取中…'],
  findings: ['Findings', '发现的问题'],
  ladder: ['Ladder', '时序图'],
  hidden: ['hidden by filter', '被过滤隐藏'],
  filter: [
    'Filter: words, method:, cmd:, status:, device:, -not',
    '过滤：文字、method:、cmd:、status:、device:、-排除',
  ],
  field: ['Field', '字段'],
  clause: ['Clause', '条款'],
  value: ['Value', '值'],
  decoded: ['Decoded', '解析'],
  copy: ['Copy', '复制'],
  copied: ['Copied', '已复制'],
  copyReport: ['Copy report', '复制报告'],
  exportText: ['Export text', '导出文本'],
  keys: [
    'j k move · Space mark two to compare · / filter · y copy · x export · [ ] same dialog',
    'j k 移动 · 空格标记两条以比较 · / 过滤 · y 复制 · x 导出 · [ ] 同一对话',
  ],
  compare: ['Compared', '比较'],
  pick: ['Choose a message to see its fields.', '选择一条报文查看其字段。'],
  hint: ['Most likely fix', '最可能的解决办法'],
  evidence: ['Evidence', '证据'],
  history: ['History since opened', '打开以来的历史'],
  past: ['Step back in time', '回看'],
  timer: ['Timer', '定时器'],
  ended: ['This machine has ended. Its last state is shown.', '该状态机已结束，显示的是最后状态。'],
  anywhere: ['In any state', '任意状态下'],
  machine: ['Machine', '状态机'],
  key: ['Key', '键'],
  since: ['Since', '始于'],
  parent: ['Parent', '父级'],
  token: ['Token', '令牌'],
  login: ['Log in', '登录'],
  loginText: ['This server asks for its HTTP token.', '此服务器需要 HTTP 令牌。'],
  catalogPartial: ['The last catalog was not complete', '最近一次目录不完整'],
  loading: ['Loading…', '加载中…'],
  'advertise-loopback': [
    'The advertised address is reached from this machine only; cameras send nothing there:',
    '--advertise 的地址只有本机能到达，摄像机不会向它发送：',
  ],
  'advertise-foreign': [
    'The advertised address is none of this machine: right behind a NAT that forwards the SIP and media ports, wrong otherwise:',
    '--advertise 的地址不属于本机：仅当前面的 NAT 转发 SIP 和媒体端口时才正确：',
  ],
  'loopback-only': [
    'Only this machine can reach the SIP address; for cameras choose another with --sip.',
    '只有本机能到达 SIP 地址；要接入摄像机，请用 --sip 另选地址。',
  ],
  container: [
    'This is a container: name the address that cameras reach with --advertise.',
    '运行在容器中：请用 --advertise 指定摄像机能到达的地址。',
  ],
  'several-addresses': [
    'This machine has several addresses; if a camera sends no video, name the one it reaches with --advertise:',
    '本机有多个地址；如果摄像机没有视频，请用 --advertise 指定它能到达的那个：',
  ],
} as const

export type TextKey = keyof typeof texts

export const Said = createContext<Language>('en')

export function useText(): (key: TextKey) => string {
  const language = useContext(Said)
  return (key) => texts[key][language === 'zh' ? 1 : 0]
}

/** A time of day in the viewer's zone. */
export const timeText = (iso: string): string => new Date(iso).toLocaleTimeString([], { hour12: false })

export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
