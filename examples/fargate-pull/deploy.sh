#!/usr/bin/env bash
# Registers a task definition and rolls its service: ./deploy.sh catalog
set -euo pipefail
service=${1:?name of a service}
aws ecs register-task-definition --cli-input-json "file://ecs/$service.json" >/dev/null
aws ecs update-service --cluster shop --service "$service" --task-definition "$service" >/dev/null
aws ecs wait services-stable --cluster shop --services "$service"
