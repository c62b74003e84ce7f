import { dayOf, dayText } from '../../base/day.ts'
import { earlierThan } from '../../finding/executive/earlier.ts'
import { executiveReport } from '../../finding/executive/report.ts'
import { asOfSchema, pastInventory } from '../as_of.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, named } from '../schemas.ts'

/** What those who carry the risk ask. */
export function executiveRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/reports/executive`,
      operationId: 'getExecutiveReport',
      summary: 'The questions of those who carry the risk, each with its figure, what it was thirty days before, and the endpoints behind it',
      access: 'read',
      isNarrowed: true,
      query: closed({ asOf: asOfSchema }),
      answers: {
        200: { description: 'The report', content: { 'application/json': named('ExecutiveReport') } },
        404: { description: 'Nothing is kept of such a day' },
      },
      handle: (request, reply, { view }) => {
        const { asOf } = request.query as { readonly asOf?: string }
        const inventory = pastInventory(view, asOf, 'asOf') ?? view.inventory()
        const report = executiveReport(inventory, asOf ?? null, earlierThan(asOf ?? dayText(dayOf(Date.now())), view.past))
        return reply.type(jsonType).header('cache-control', 'private, no-cache').send(JSON.stringify(report))
      },
    },
  ]
}
