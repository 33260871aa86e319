/** The style sheet of the HTML page: light and dark, without anything from outside. */
export const style = `
:root{color-scheme:light dark;font:14px/1.45 system-ui,sans-serif}
body{margin:1.5rem auto;max-width:84rem;padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin-top:2rem}h3{font-size:1rem;margin:.2rem 0}
small{opacity:.7;font-weight:normal}
.finding,.affair{border-left:4px solid #888;padding:.2rem .8rem;margin:.6rem 0;background:#8881}
.finding p,.affair p{margin:.2rem 0}
.finding.error{border-color:#d33}.finding.warning{border-color:#d90}.finding.info{border-color:#38c}
.ladder{overflow-x:auto;border:1px solid #8884;margin:.5rem 0;padding-bottom:.4rem}
.ladder>*{min-width:calc(32rem + 9rem*var(--columns))}
summary{display:grid;grid-template-columns:17rem 1fr 15rem;align-items:center}
.head{display:flex;box-sizing:border-box;padding:0 15rem 0 17rem;position:sticky;top:0;background:Canvas;border-bottom:1px solid #8884}
.head span{flex:1;text-align:center;font-weight:bold;font-size:.85rem;overflow-wrap:anywhere}
summary{cursor:pointer;list-style:none;font-variant-numeric:tabular-nums}
summary:hover,summary:focus-visible{background:#38c2}
details:target>summary{outline:2px solid #38c}
.time{font-family:ui-monospace,monospace;font-size:.8rem;padding-left:.4rem}
.lane{display:grid;grid-template-columns:repeat(calc(2*var(--columns)),1fr)}
.arrow{border-bottom:2px solid currentColor;text-align:center;font-size:.85rem;position:relative;white-space:nowrap;overflow:clip;overflow-clip-margin:.4rem;text-overflow:ellipsis;padding:0 .6rem}
.arrow::after{content:"";position:absolute;bottom:calc(-.3rem - 1px);border:.3rem solid transparent}
.arrow.right::after{right:-.3rem;border-left-color:currentColor}.arrow.left::after{left:-.3rem;border-right-color:currentColor}
.arrow.self{border:0}
.request{color:#06c}.success{color:#282}.provisional{color:#777}.challenge{color:#a60}.failure,.malformed{color:#c22}
.note{font-size:.8rem;color:#a60}
.idle{text-align:center;opacity:.6;font-size:.8rem;padding:.15rem}
pre{margin:0;padding:.6rem 1rem;background:#8882;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.step{white-space:nowrap}
@media (prefers-color-scheme:dark){.request{color:#6bf}.success{color:#7c7}.provisional{color:#aaa}.challenge,.note{color:#fb5}.failure,.malformed{color:#f77}}
`
