/** What a session description says in few words: where media goes, how, and under which SSRC. */
export function sdpText(text: string): string {
  const body = /\r?\n\r?\n(v=0[\s\S]*)$/.exec(text)?.[1]
  if (body === undefined) return ''
  const address = /^c=IN IP[46] (\S+)/m.exec(body)?.[1] ?? ''
  const media = [...body.matchAll(/^m=(\S+) (\d+) (\S+)/gm)].map(
    ([, kind, port, by]) => `${kind} ${address}:${port} ${by}`,
  )
  const way = /^a=(sendonly|recvonly|sendrecv|inactive)/m.exec(body)?.[1]
  const ssrc = /^y=(\d+)/m.exec(body)?.[1]
  return [...media, way, ssrc && `y=${ssrc}`].filter(Boolean).join(' · ')
}
