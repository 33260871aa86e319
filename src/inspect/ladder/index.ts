/** What people see of an analysis: ladder, affairs and findings in a terminal, and all of it as one HTML file. */
export { type HtmlOptions, renderHtml } from './html.ts'
export { countText, renderAffairs, renderFindings } from './summary.ts'
export { type LadderOptions, renderLadder } from './text.ts'
