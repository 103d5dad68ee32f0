# Images of our own processes: one target each. Build with `docker compose build`.
# The base can be replaced by a mirror or a hardened image: --build-arg NODE_IMAGE=...
ARG NODE_IMAGE=node:24-bookworm-slim
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG MAVEN_IMAGE=maven:3.9-eclipse-temurin-17

# Manifests alone, so that a change of code does not install packages again. `npm ci` needs those of all workspaces.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY services/contracts/package.json services/contracts/
COPY services/runtime/package.json services/runtime/
COPY services/warehouse/package.json services/warehouse/
COPY services/operational/package.json services/operational/
COPY services/planning/package.json services/planning/
COPY services/ingest/package.json services/ingest/
COPY services/inference/package.json services/inference/
COPY services/api/package.json services/api/
COPY services/jobs/package.json services/jobs/
COPY platform/package.json platform/
COPY datagen/package.json datagen/
COPY dashboards/planner/package.json dashboards/planner/

# The optional packages are what `npm start` needs beside, such as the embedded ClickHouse, PostgreSQL and a Node
# binary; containers have the real servers and the base's Node.
FROM manifests AS setup-packages
RUN npm ci --omit=dev --omit=optional -w @shelfcast/platform -w @shelfcast/warehouse -w @shelfcast/operational

FROM manifests AS ingest-packages
RUN npm ci --omit=dev --omit=optional -w @shelfcast/ingest

FROM manifests AS api-packages
RUN npm ci --omit=dev --omit=optional -w @shelfcast/api

FROM manifests AS twin-packages
RUN npm ci --omit=dev --omit=optional -w @shelfcast/datagen

FROM manifests AS inference-packages
RUN npm ci --omit=dev --omit=optional -w @shelfcast/inference

FROM manifests AS jobs-packages
RUN npm ci --omit=dev --omit=optional -w @shelfcast/jobs

FROM manifests AS dashboard
RUN npm ci -w @shelfcast/planner
COPY tsconfig.json ./
COPY services/contracts services/contracts
COPY dashboards/planner dashboards/planner
RUN npm run build -w @shelfcast/planner

FROM ${NODE_IMAGE} AS process
# kafkajs asks for a timer in the past now and then; Node says so each time, and nothing follows from it.
ENV NODE_ENV=production \
    NODE_OPTIONS=--disable-warning=TimeoutNegativeWarning \
    BIND_HOST=0.0.0.0
WORKDIR /app

# One-shots: secrets, topics and buckets, migrations.
FROM process AS setup
# A new volume takes the owner of the folder that it is mounted on.
RUN install -d -o node -g node /run/shelfcast/lake /run/shelfcast/warehouse /run/shelfcast/postgres \
    /run/shelfcast/services
COPY --from=setup-packages /app ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY services/operational services/operational
COPY platform/setup platform/setup
COPY infra/compose infra/compose
USER node

FROM process AS ingest
COPY --from=ingest-packages /app ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY services/ingest services/ingest
USER node
CMD ["node", "services/ingest/main.ts"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

FROM process AS api
COPY --from=api-packages /app ./
COPY components.json ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY services/operational services/operational
COPY services/planning services/planning
COPY services/api services/api
COPY --from=dashboard /app/dashboards/planner/build dashboards/planner/build
USER node
CMD ["node", "services/api/main.ts"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

FROM process AS jobs
COPY --from=jobs-packages /app ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY services/operational services/operational
COPY services/inference services/inference
COPY services/planning services/planning
COPY services/jobs services/jobs
USER node
CMD ["node", "services/jobs/main.ts"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8083/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

FROM process AS inference
COPY --from=inference-packages /app ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY services/operational services/operational
COPY services/inference services/inference
USER node
CMD ["node", "services/inference/main.ts"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8086/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# The jobs of the models, with the Python that trains.
FROM process AS models
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY models/requirements.txt models/
RUN python3 -m venv /opt/models \
    && /opt/models/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r models/requirements.txt
ENV MODELS_PYTHON=/opt/models/bin/python
COPY --from=jobs-packages /app ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY services/operational services/operational
COPY services/inference services/inference
COPY services/planning services/planning
COPY services/jobs services/jobs
COPY models models
USER node
CMD ["node", "services/jobs/main.ts"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8083/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# The twin, and the replay of real files.
FROM process AS twin
COPY --from=twin-packages /app ./
COPY components.json ./
COPY services/contracts services/contracts
COPY services/runtime services/runtime
COPY platform/parts platform/parts
COPY services/warehouse services/warehouse
COPY datagen datagen
USER node
CMD ["node", "datagen/twin.ts"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8082/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

FROM ${MAVEN_IMAGE} AS spark-jars
COPY spark-jobs/pom.xml ./
RUN mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/jars

# The Spark jobs, with the PySpark and the jars that `npm start -- --with spark` takes.
FROM ${PYTHON_IMAGE} AS spark
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home spark \
    && install -d -o spark -g spark /scratch
WORKDIR /app
COPY spark-jobs/requirements.txt spark-jobs/
RUN pip install --no-cache-dir --require-hashes --only-binary=:all: -r spark-jobs/requirements.txt
COPY --from=spark-jars /jars /jars
COPY spark-jobs spark-jobs
ENV PYTHONUNBUFFERED=1 \
    PYSPARK_PYTHON=python \
    SPARK_JARS=/jars \
    SPARK_LOCAL_IP=127.0.0.1 \
    OMP_NUM_THREADS=1 \
    BIND_HOST=0.0.0.0
USER spark
CMD ["python", "spark-jobs/land_stream.py"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8084/readyz', timeout=3)"]
