/** The page at `/`: what runs here, in English and Chinese, with links. It loads nothing from the network. */

export function page(platformId: string, version: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gb28181 ${version}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
code { font-size: 0.95em }
li { margin: 0.4rem 0 }
</style>
</head>
<body>
<h1>gb28181 <small>${version}</small></h1>
<p>A GB/T 28181 platform runs here: SIP server ID <code>${platformId}</code>.</p>
<p lang="zh">这里运行着 GB/T 28181 平台，SIP 服务器编号 <code>${platformId}</code>。</p>
<ul>
${links.map(([path, english, chinese]) => `<li><a href="${path}">${path}</a> ${english} <span lang="zh">${chinese}</span></li>`).join('\n')}
</ul>
</body>
</html>
`
}

const links = [
  ['/api/devices', 'devices', '设备'],
  ['/api/sessions', 'sessions', '会话'],
  ['/api/actors', 'live state machines', '运行中的状态机'],
  ['/api/events', 'events, as they happen', '实时事件'],
  ['/docs', 'reference of this API', '接口文档'],
  ['/openapi.json', 'the same as OpenAPI 3.1', 'OpenAPI 3.1'],
  ['/metrics', 'Prometheus metrics', '监控指标'],
  ['/healthz', 'liveness', '存活检查'],
  ['/readyz', 'readiness', '就绪检查'],
] as const
