/** What each kind of finding means and how to mend it, in Chinese, by code. A test holds it complete. */
export interface Words {
  readonly summary: string
  readonly fix: string
}

/** Meaning, then fix. */
export const findings: Readonly<Record<string, readonly [string, string]>> = {
  'ack-missing': [
    'INVITE 的 200 没有收到 ACK。',
    'ACK 发往 200 的 Contact；若那是 NAT 后的私网地址就永远到不了，应发往 200 的来源地址。',
  ],
  'ack-misaddressed': ['ACK 没有发往 200 的来源地址。', 'NAT 后设备的 Contact 不可达：把 ACK 发往 200 的来源地址。'],
  'ack-cseq-differs': [
    'ACK 的 CSeq 与 INVITE 不同，等于没有确认。',
    '邀请方的错误：ACK 必须使用 INVITE 的 CSeq 序号。',
  ],
  'answered-after-cancel': [
    '200 与 CANCEL 交错：会话已经建立，须先 ACK 再 BYE。',
    '若随后有 ACK 和 BYE 则无须处理，否则设备会一直向无人接收的端口推流。',
  ],
  'cancel-too-early': [
    '尚未收到任何临时应答就发出了 CANCEL。',
    '邀请方的错误：CANCEL 可能先于 INVITE 到达，什么也取消不了。',
  ],
  'invite-refused': [
    '设备拒绝了点播。',
    '404：通道编号不存在。403：INVITE 的 From 不是设备里配置的平台编号。480：通道离线。486、503：没有空闲码流。500：重启设备。',
  ],
  'sdp-refused': [
    '设备因会话描述拒绝 INVITE（415、488）。',
    '只请求设备能发送的内容：PS 封装，2011 版设备只用 UDP。海康对结尾缺少 CRLF 的 SDP 应答 415。',
  ],
  'silent-after-trying': [
    '设备对 INVITE 只给了临时应答，之后再无消息。',
    'NVR 后的通道已不在，或设备编码能力不足：在设备上检查该通道，换一个通道试试，或重启设备。',
  ],
  'bye-unknown-dialog': [
    'BYE 得到 481：对方不认识（或已不记得）该会话。',
    '设备重启后或双方同时挂断时常见；否则比较 BYE 与 200 的 tag 和 Call-ID。',
  ],
  'bye-unanswered': [
    'BYE 没有得到应答，不知道对方是否已结束会话。',
    '检查 BYE 发往何处；没有收到 BYE 的设备会继续推流。',
  ],
  'bye-by-device': [
    '设备自己结束了会话。',
    '媒体送不到、码流被重新配置、文件播完，或唯一的码流被别人占用时，设备会这样做。',
  ],
  'session-not-ended': ['记录结束时会话仍在进行，没有看到 BYE。', '若仍有人观看则无须处理，否则由发起方用 BYE 结束。'],
  'bye-missing': [
    '同一通道开始了新会话，而上一个会话没有 BYE。',
    '放弃会话的一方必须发送 BYE，否则设备一直占用编码器，下一次会应答 486。若确实需要两路码流则无须处理。',
  ],
  'answer-without-contact': [
    'INVITE 的 200 没有 Contact，ACK 和 BYE 没有地址。',
    '把 ACK 和 BYE 发往 200 的来源地址，并升级设备。',
  ],
  'answer-without-tag': ['INVITE 的 200 没有 To tag，无法形成用于 BYE 的对话。', '固件错误；只按 Call-ID 匹配。'],
  'wrong-password': [
    '鉴权被拒绝，而 realm、nonce 和算法都与质询一致：密码不对。',
    '在两端重新输入密码，并确认平台上有该设备编号的密码。许多摄像机必须先清空密码框才会更新。',
  ],
  'digest-realm-differs': [
    '设备使用的 realm 与质询的不同。',
    '设备必须原样使用 401 的 realm：把它的 SIP 服务器域设为平台的域，通常是平台编号的前十位。',
  ],
  'digest-uri-differs': [
    '鉴权信息里的 uri 不是 Request-URI。',
    '若平台按收到的 uri 计算则无须处理，否则让设备统一写法。',
  ],
  'digest-username-differs': [
    '鉴权用户名不是 From 里的编号。',
    '把设备的 SIP 认证 ID 设为它自己的 20 位编号，除非平台为它另设了账号。',
  ],
  'digest-nonce-foreign': [
    '设备使用了不是发给它的 nonce。',
    '平台重启后、或 nonce 绑定地址而设备换了地址时常见。若反复出现，说明设备混淆了多个平台的质询。',
  ],
  'digest-nonce-reused': [
    '同一个 nonce 用于第二个 Call-ID：重放，或设备重启后沿用旧 nonce。',
    '设备换新的 Call-ID 时应等待新的质询。若不认识第二个 REGISTER 的来源，就是有人在重放。',
  ],
  'digest-nonce-count-missing': [
    '带 qop 的鉴权信息缺少 nc 或 cnonce，无法计算。',
    '让平台不提供 qop：所有设备都支持这种形式。',
  ],
  'digest-nonce-count-not-rising': ['nonce 计数 nc 没有递增。', '固件错误或重放：让平台重新质询，或不提供 qop。'],
  'digest-stale-loop': [
    '一次次以 stale 被拒绝：设备总也用不上新的 nonce。',
    '平台的 nonce 有效期太短、时钟跳变，或设备的请求到达了不共享 nonce 的多台服务器（负载均衡）。',
  ],
  'digest-algorithm-unknown': [
    '鉴权使用了未提供的、或未知的算法。',
    '把设备的摘要算法设为 MD5，或让平台提供设备支持的算法。',
  ],
  'challenge-unanswered': [
    '设备被质询后没有带鉴权信息继续。',
    '在设备的 SIP 设置里勾选“鉴权”并填写密码。若它毫无反应，说明 401 没有到达：见 response-to-other-port。',
  ],
  'challenge-unusable': [
    '401 里没有设备能应答的质询。',
    '平台应发送 WWW-Authenticate: Digest，带 realm、nonce 和设备支持的算法（MD5）。',
  ],
  'nonce-expired': ['nonce 过期，已给设备新的 nonce。', '无须处理：用上次的 nonce 刷新的设备每次都会再被质询一次。'],
  'query-refused': [
    '查询或控制命令被拒绝。',
    '403：From 不是设备里配置的平台编号。404：编号不存在。405、501：设备不支持 MESSAGE。415：不接受该 Content-Type。',
  ],
  'query-without-response': [
    '查询得到 200，却没有随后的 Response。',
    '设备不支持该命令、缺少某个字段（大华的 RecordInfo 需要 Type），或把 Response 发往了别处：检查设备里的服务器地址。',
  ],
  'answer-incomplete': [
    '应答缺少一部分，始终没有达到 SumNum。',
    'UDP 丢包或丢分片：让设备用 TCP 注册，或重新查询。有些设备的 SumNum 包含并不发送的条目。',
  ],
  'sum-num-contradictory': [
    '各部分的 SumNum 不一致，或 Num 不等于条目数。',
    '固件错误，或发送期间列表变化：用空闲超时判断应答结束，然后重新查询。',
  ],
  'answer-overfull': ['收到的不同条目多于 SumNum。', '固件错误：接收全部条目，只要还有后续就不要停在 SumNum。'],
  'response-sn-unknown': [
    'Response 的 SN（或设备编号）不属于记录中的任何查询。',
    '若记录从中途开始则无须处理。有些设备（天地伟业）这样推送目录变化：应合并，绝不能覆盖整个目录。',
  ],
  'command-failed': ['设备对命令应答 Result ERROR。', '设备不能执行或此刻不能执行：看它给出的原因，以及该用户的权限。'],
  'charset-mislabelled': [
    '正文的字符集与 XML 声明不符。',
    '把设备字符集设为 GB2312（2022 版为 GB18030）；轻信声明的平台会显示乱码。',
  ],
  'characters-lost': [
    '正文中有些字节不属于任何字符集。',
    '设备在字符中间截断了文字，或其存储已损坏：缩短设备里的名称（通道、地址）。',
  ],
  'xml-broken': [
    '正文无法按 MANSCDP 读取。',
    '被截断：见 content-length-too-short 与丢失的分片；名称里有 < 或 &：修改设备中的通道名。',
  ],
  'xml-mended': [
    '正文的 XML 有错，但能够修复。',
    '海康常见：名称或地址里有 &、< 或控制字符，请改名。不会修复的平台会丢弃该消息。',
  ],
  'field-missing': ['正文缺少必选元素，或其值不可用。', '若平台会补全则无须处理，否则补全设备的设置。'],
  'cmd-type-unknown': ['正文的 CmdType 不在标准之内。', '厂商私有命令：只要双方都认识就没有问题。'],
  'message-body-empty': [
    'MESSAGE 没有正文。',
    '途中某个设备剥掉了正文（大华经云路径的心跳曾出现）：按心跳处理，并关闭应用层网关（SIP ALG）。',
  ],
  'content-type-odd': [
    'MESSAGE 的正文没有标为 Application/MANSCDP+xml。',
    '设置 Content-Type；按类型判断的平台会丢弃该消息。',
  ],
  'no-media': [
    '信令成功，但没有收到媒体。',
    '确认设备能到达 INVITE 中 c= 的地址，且媒体 UDP 端口对设备开放：这是“没有图像”最常见的原因。',
  ],
  'media-late': ['第一个媒体包在 ACK 之后 5 秒以上才到。', '编码器需要唤醒，或 NVR 要先取流：延长平台等待媒体的时间。'],
  'ssrc-answer-differs': [
    '应答的 y= 与请求不同。',
    '采用应答里的 SSRC：级联平台和许多摄像机自行分配。不要严格校验 SSRC。',
  ],
  'ssrc-rtp-differs': [
    '媒体的 SSRC 与会话约定的不同。',
    '让平台按端口而不是按 SSRC 接收该设备（关闭严格 SSRC），或升级固件。带 SSRC 过滤的媒体服务器会悄悄丢弃。',
  ],
  'ssrc-zero': ['应答或媒体里的 SSRC 为 0。', '大华常见：按端口识别码流，对该设备关闭 SSRC 校验。'],
  'ssrc-missing': ['应答没有带回 SSRC（y=）。', '若使用请求里的 SSRC 则无须处理，否则见 ssrc-rtp-differs。'],
  'media-from-elsewhere': ['媒体来自与应答 c= 不同的地址。', 'NAT 后常见：按端口和 SSRC 接收，不要按来源地址。'],
  'media-lossy': ['媒体丢包超过百分之一。', '查找途中的瓶颈或 Wi-Fi，降低码率，或改用 TCP 传输媒体。'],
  'media-stopped': [
    '媒体在会话仍在进行时中断。',
    '设备断电、断网、重启，或编码器停止：检查设备与途中网络；若随后恢复，查找丢包或 NAT 表项过期。',
  ],
  'media-port-zero': [
    '会话描述的媒体端口为 0，等于拒绝。',
    '设备虽应答 200 却没有码流：检查通道。也有设备发 0 却照样推流。',
  ],
  'sdp-address-unroutable': [
    '会话描述的 c= 是对方无法到达的地址。',
    '平台侧：用 --advertise 设为设备能到达的地址，媒体只会发往那里。设备侧：它在 NAT 后，对 UDP 媒体没有影响。',
  ],
  'sdp-without-final-crlf': [
    '会话描述的最后一行没有 CRLF。',
    '每一行都要以 CRLF 结尾，包括最后一行：否则海康应答 415。',
  ],
  'sdp-malformed': ['应为会话描述的正文不是会话描述。', '固件错误：没有地址和端口就无法接收码流。'],
  'answer-without-sdp': [
    '带 SDP 的 INVITE 得到的 200 没有会话描述。',
    '设备没有说明发送什么：按端口接收，或升级设备。',
  ],
  'media-encoding-private': ['应答宣称的码流不是 PS。', '把设备的码流封装设为 GB/T 28181（PS），不要用私有格式。'],
  'media-after-bye': [
    'BYE 之后媒体仍持续 2 秒以上。',
    'BYE 没有到达设备，或设备不理会：码流仍占着端口。若不停止请重启设备。',
  ],
  'response-to-other-port': [
    '应答没有发往请求的来源端口。',
    'NAT 后永远到不了。应答方应遵守 rport，始终应答到请求的来源端口。',
  ],
  'response-from-other-port': [
    '应答来自与请求目的地不同的地址或端口。',
    '发送方前面的 NAT 不放行这样的应答：应答方应从监听端口应答。',
  ],
  'rport-ignored': [
    '请求带了 rport，应答却没有填写。',
    '应答方不支持 RFC 3581：只有当请求来自 Via 里的端口时才行得通。',
  ],
  'contact-unroutable': [
    'Contact 是无法到达其发送方的地址。',
    'NAT 后的设备：发往其消息的来源地址，不要用 Contact。平台：用 --advertise 设为设备能到达的地址。',
  ],
  'via-unroutable': [
    '请求的 Via 是无法到达其发送方的地址。',
    '应答必须发往请求的来源（received 和 rport）。若为 0.0.0.0 或 127.0.0.1：设置发送方的本机地址。',
  ],
  'content-length-too-long': [
    'Content-Length 大于正文长度。',
    '设备计入了没有发送的换行，或数据报被截断：严格的平台应答 400。请升级固件。',
  ],
  'content-length-too-short': [
    'Content-Length 小于正文长度。',
    '设备按字符而不是按字节计数（中文占两三个字节）：名称改用 ASCII，或升级固件。',
  ],
  'sip-malformed': [
    '消息违反 SIP 语法，只能拒绝。',
    '查看该消息：代码说明了错误所在。多为固件错误，或设置里有不该出现的字符。',
  ],
  'datagram-large': [
    'UDP 消息超过 1300 字节，会分片传输或根本到不了。',
    '互联网和 VPN 常丢分片：让设备用 TCP 注册，或每条消息少放一些条目。',
  ],
  'route-in-register': [
    'REGISTER 带有 Route 头。',
    '大华、海康录像机常见：注册服务器应去掉 Route 中自己的地址，照常应答。',
  ],
  'keepalive-refused': [
    '心跳被拒绝（404、403）：平台不认识该设备，或已不记得。',
    '注册信息只存内存的平台重启后常见，设备会自行重新注册。否则心跳里的编号不是注册时的编号。',
  ],
  'keepalive-unanswered': [
    '心跳没有得到应答：三次之后设备会认为平台已失联。',
    '平台停机，或应答到不了设备：见 response-to-other-port。',
  ],
  'keepalive-missed': [
    '连续错过多次心跳，设备被判离线，随后又恢复。',
    '设备与平台之间时断时续（4G、NAT 表项过期）：缩短心跳间隔，或用 TCP 注册。',
  ],
  'device-vanished': [
    '设备没有注销就沉默，且没有恢复。',
    '设备断电或断网，或途中的 NAT、防火墙忘记了它。检查网线、电源，以及能否 ping 通。',
  ],
  'keepalive-absent': [
    '设备注册后从未发送心跳。',
    '打开设备的心跳并检查间隔和次数；有些 2022 版固件要求 200 里先有 X-GB-Ver 和 Date。',
  ],
  'keepalive-irregular': [
    '心跳间隔波动超过一半：有丢失，或设备过载。',
    '查找到平台途中的丢包；判断离线的规则以该间隔为准。',
  ],
  'device-flapping': [
    '设备反复离线又上线。',
    '线路不稳（4G、Wi-Fi、NAT 记忆短），或两台设备编号相同：比较它们的来源地址。',
  ],
  'device-address-changed': [
    '设备的消息来自与之前不同的地址或端口。',
    '途中的 NAT 换了端口（4G）：平台应始终采用最新地址。若两个地址交替出现，说明两台设备编号相同。',
  ],
  'device-restarted': [
    '设备重新启动了：又从头开始注册。',
    '在设备上查找原因（电源、看门狗、固件升级）。平台应结束原有会话并重新点播。',
  ],
  'connection-closed': [
    '设备注册所用的 TCP 连接被关闭，或未通知就被替换。',
    '查清由谁关闭：防火墙空闲超时（缩短心跳间隔）、设备重启，或平台。',
  ],
  'register-refused': [
    'REGISTER 因鉴权以外的原因被拒绝。',
    '403：平台不接受该编号（未知、不足 20 位或在黑名单）。404：设备里的平台编号不对。423：有效期太短。5xx：查看平台日志。',
  ],
  'register-to-tag': ['对话之外的 REGISTER 带有 To tag。', '固件错误：严格的服务器应答 481。平台宜容忍，设备应升级。'],
  'register-expires-missing': [
    'REGISTER 的 Expires 和 Contact 都没有给出有效期。',
    '平台可按 3600 秒处理，有的平台应答 400。请设置设备的注册有效期。',
  ],
  'register-answer-without-contact': [
    'REGISTER 的 200 没有列出绑定。',
    '让平台带回 Contact 和 Expires：有些设备把没有 Contact 的 200 当作未注册。',
  ],
  'date-missing': ['REGISTER 的 200 没有 Date，设备无法校时。', '在平台上打开校时（Date 头），除非设备使用 NTP。'],
  'gb-version-missing': [
    'REGISTER 没有说明设备的国标版本（X-GB-Ver）。',
    '无须处理：这是 2011 或 2016 版设备，字符集和字段只能从其消息得知。',
  ],
  'device-id-invalid': ['设备用不足 20 位的编号注册。', '把设备编号设为平台分配的 20 位编号。'],
  'device-id-is-platform-id': [
    '设备用平台自己的编号注册。',
    '设备有两个字段：服务器编号，和它自己的设备编号。请给它自己的编号。',
  ],
  'from-to-differ': [
    'REGISTER 的 From 与 To 不是同一用户：第三方注册。',
    'GB/T 28181 没有第三方注册：在所有位置填写摄像机自己的编号。',
  ],
  'registration-validity-short': [
    '注册有效期小于标准的 3600 秒。',
    '把设备的注册有效期设为 3600 秒或更长；太短会加重平台负担。',
  ],
  'registration-expired': [
    '注册到期未刷新，设备已离线。',
    '设备没有及时刷新：REGISTER 丢失，时钟不准，或有效期与 200 里给的不同。比较请求与应答的 Expires。',
  ],
  'refresh-late': ['刷新太晚，丢一个包设备就会离线。', '设备应在 200 给出的有效期的一半到四分之三时刷新。'],
  unregistered: ['设备注销了（Expires 0）。', '若有人关机或修改设置则无须处理；有些设备每次注册之前都会注销。'],
  'register-burst': [
    '设备在几秒内反复注册；标准要求间隔 60 秒。',
    '设备被拒绝，或没有理解应答：看它的其他问题。平台应限制每个来源的速率。',
  ],
  'request-unanswered': [
    '请求在 64*T1（32 秒）内没有得到应答。',
    '确认对方在线，地址和端口可达，防火墙没有丢弃该方法；UDP 上的大请求还要确认分片能通过。',
  ],
  'timer-running-out': [
    '记录结束时，某个请求已等待应答 4 秒以上。',
    '延长记录看应答是否到来；若没有，见 request-unanswered。',
  ],
  'answer-late': ['请求方放弃之后应答才到。', '应答方过载，或等别的事情做完才应答：MESSAGE 应立即应答。'],
  'answer-slow': ['非 INVITE 请求应答太慢，以致被重传。', '应答方太慢或太远；MESSAGE 应先应答再处理。'],
  'trying-missing': [
    'INVITE 没有立即得到临时应答，因此被重传。',
    '被邀请方必须在 200 毫秒内发送 100 Trying；做不到的设备至少对重复的 INVITE 只应答一次。',
  ],
  'ack-of-refusal-missing': [
    'INVITE 被拒绝的应答没有得到确认。',
    '拒绝应答到不了邀请方（见 response-to-other-port），或其 ACK 在回程丢失。',
  ],
  'response-not-received': [
    '应答已发出，请求却仍被重传：应答到不了请求方。',
    '查看应答发往何处（见 response-to-other-port），以及到请求方途中的丢包。',
  ],
  'retransmission-storm': [
    '请求的重传比 SIP 定时器允许的更多或更快。',
    '固件错误、网络环路，或同一报文被抓了两次（双向端口镜像）。',
  ],
  'request-merged': [
    '同一请求以不同的 branch 重复到达。',
    '设备每次重传都换新的 branch；平台对第二个可应答 482，或按 Call-ID 和 CSeq 与第一个同样应答。',
  ],
  'cseq-not-rising': [
    '新请求的 CSeq 没有大于同一 Call-ID 的上一个。',
    '固件错误，或有人重放录下的请求：接收方可应答 500 或忽略。',
  ],
  'response-unmatched': [
    '应答没有对应的请求。',
    '若记录从中途开始则无须处理，否则应答方改动了 Via branch、Call-ID 或 CSeq。',
  ],
  'response-branch-changed': [
    '应答的 Via branch 与请求不同。',
    '固件错误：严格的平台会丢弃这种应答。按 Call-ID 和 CSeq 匹配，并升级设备。',
  ],
  'branch-without-cookie': [
    'Via branch 缺失，或不以 z9hG4bK 开头。',
    '2002 年以前的协议栈：按 Call-ID 和 CSeq 匹配。请升级固件。',
  ],
  'method-refused': ['对方不认识或不允许该方法（405、501）。', '不要向该设备发送：它的国标版本没有这个方法。'],
}

export function findingInChinese(code: string): Words | undefined {
  const [summary, fix] = findings[code] ?? []
  return summary === undefined || fix === undefined ? undefined : { summary, fix }
}
