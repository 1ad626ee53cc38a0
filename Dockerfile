# One image for every role: STRATA_ROLE says which process it is. Configure it by environment, see .env.example.
FROM node:22-slim AS build
WORKDIR /strata
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`, see bin/setup.mjs.
RUN npm install --no-save --include=dev
COPY . .
RUN node node_modules/typescript/bin/tsc -p tsconfig.json && npm prune --omit=dev

FROM node:22-slim
ENV NODE_ENV=production APOLLO_TELEMETRY_DISABLED=1 STRATA_HOST=0.0.0.0 STRATA_DATA_DIR=/data
WORKDIR /strata
COPY --from=build --chown=root:root /strata ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.STRATA_PORT || 4000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# exec form: signals reach Node, which drains and stops. Room for young objects: see bench/place.ts.
CMD ["node", "--max-semi-space-size=64", "--enable-source-maps", "-e", "require('./dist/gateway/main.js').main([])"]
