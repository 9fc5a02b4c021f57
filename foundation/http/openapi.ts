import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

/** Collects the schemas of all routes and answers the OpenAPI document at `/api/openapi.json`. */
export const openapi = fp<{ version: string; publicUrl: string }>(async (app, { version, publicUrl }) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Xueshi',
        version,
        description: 'Ledger of teacher-training credit hours of one district',
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'made by `xueshi token create`' },
          source: { type: 'http', scheme: 'basic', description: 'key and secret of a source' },
        },
      },
    },
    // Pages and protocols of others (LTI, xAPI) have their own documents; here stands what scripts may use.
    transform: (route) =>
      route.url.startsWith('/api/')
        ? jsonSchemaTransform(route)
        : { schema: { ...route.schema, hide: true }, url: route.url },
  })
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
})
