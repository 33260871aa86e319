/** Why a session or query failed and what to do, in Chinese, by reason. A test holds it complete. */
import type { Words } from './findings-zh.ts'

/** Meaning, then hint. */
export const failures: Readonly<Record<string, readonly [string, string]>> = {
  'no-provisional': [
    '设备对 INVITE 毫无应答：没有 100、101，也没有最终应答。',
    '确认设备在注册地址仍可到达，且防火墙没有丢弃 INVITE；若其他请求有应答，可能是 INVITE 超过了 MTU。',
  ],
  'no-final': [
    '设备收到了请求，但没有按时给出最终应答。',
    '设备可能编码能力不足或已卡住：换一个通道试试，再重启设备。',
  ],
  rejected: [
    '设备拒绝了请求。',
    '看状态码：404 通道编号不存在；403 平台编号不是设备里配置的；480 通道离线；486 没有空闲码流；488/415 设备不支持该 SDP。',
  ],
  'ack-not-sent': [
    '设备接受了 INVITE，但我们的 ACK 没能发出。',
    '此刻到设备的路径中断：检查网络；若为 TCP，查清连接为何关闭。',
  ],
  'no-media': [
    '信令成功，但接收端口没有收到媒体。',
    '确认设备能到达我们 SDP 中的地址（c= 行，见 --advertise），且媒体 UDP 端口对本机开放。',
  ],
  'ssrc-mismatch': [
    '媒体到达了端口，但 SSRC 与 y= 约定的不同，未被接受。',
    '设备没有使用分配的 SSRC：去掉 --strict-ssrc，或升级固件。',
  ],
  'media-undecodable': [
    '设备应答或发送的不是 GB/T 28181 码流（PS over RTP）。',
    '把设备的码流封装设为 PS（GB/T 28181），不要用私有格式。',
  ],
  'media-port-unavailable': ['没有空闲的媒体端口。', '扩大 --media-ports，或结束无人观看的会话。'],
  'media-server-unreachable': ['媒体服务器没有应答。', '确认它在运行，且地址和密钥正确。'],
  cancelled: ['播放在开始之前被取消。', '没有问题：有人停止了它。'],
  'device-offline': ['设备离线，或到设备的路径中断。', '查看设备的离线原因 offlineReason。'],
  'bye-by-device': [
    '设备自己结束了会话（BYE）。',
    '媒体送不到、码流被重新配置，或唯一的码流被别人占用时，设备会这样做。',
  ],
  'no-response': [
    '设备接受了查询（200），却没有发送 Response。',
    '设备可能不支持该命令，或把 Response 发往了别处：检查设备里的服务器地址。',
  ],
}

/** What to do about a device that went offline, by reason. */
export const offlines: Readonly<Record<string, string>> = {
  'keepalive-missed': '连续错过多次心跳：检查设备的电源和网络，确认心跳已打开且间隔不大于平台的要求。',
  expired: '注册到期而未刷新：检查设备的时钟和注册有效期，以及它的 REGISTER 能否到达平台。',
  unregistered: '设备自己注销了：若有人关机或修改了设置则无须处理。',
  'connection-closed': '注册所用的 TCP 连接已关闭：查清由谁关闭，防火墙空闲超时则缩短心跳间隔。',
}

/** Why a REGISTER was not accepted, by reason. */
export const refusals: Readonly<Record<string, string>> = {
  'id-not-20-digits': '设备编号必须是 20 位数字（GB/T 28181 附录 E）：设置摄像机的 SIP 用户（设备编号）。',
  'from-to-differ': 'REGISTER 的 From 与 To 必须是同一设备。',
  'id-is-platform': '设备用了平台自己的编号：请给它自己的设备编号。',
  'username-of-another-device': '鉴权用户名是另一台设备的编号：检查摄像机的认证用户名。',
  'unknown-device': '该设备编号没有设置密码：请添加，或设置公共密码。',
  'wrong-password': '摄像机的密码与平台的不一致：在两端重新输入。',
  'foreign-realm': '摄像机应答的是另一个域的质询：检查它的 SIP 服务器域。',
  'foreign-nonce': '摄像机用了不是我们发给它的 nonce：已重新质询。',
  'expired-nonce': 'nonce 已过期：已重新质询（stale）。',
  'replayed-credentials': '该鉴权信息已用过：已重新质询。',
  'cseq-not-rising': '同一 Call-ID 内 CSeq 没有递增：重放或乱序。',
  'malformed-credentials': '无法读取 Authorization 头。',
  'unsupported-algorithm': '摄像机使用了未提供的摘要算法。',
  'several-authorizations': '一个 REGISTER 里有多个 Digest Authorization。',
  'wildcard-without-removal': 'Contact * 只允许与 Expires 0 同用（RFC 3261 10.2.2）。',
  'authenticator-failed': 'authenticate 钩子失败或超时。',
  'too-many-devices': '平台的设备数已达上限。',
}

export function failureInChinese(reason: string): Words | undefined {
  const [summary, fix] = failures[reason] ?? []
  return summary === undefined || fix === undefined ? undefined : { summary, fix }
}
