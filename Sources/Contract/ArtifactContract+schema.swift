extension ArtifactContract {
    /// The JSON Schema (2020-12) of the JSON form.
    package static let jsonSchema = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "Tidegate artifact contract",
          "type": "object",
          "additionalProperties": false,
          "required": ["contract", "service", "variables", "port_variable", "paths", "start_budget_seconds",
            "drain_seconds"],
          "properties": {
            "contract": { "const": 1 },
            "service": { "type": "string", "minLength": 1 },
            "variables": { "type": "array", "items": { "$ref": "#/$defs/variable" } },
            "port_variable": { "type": "string" },
            "paths": {
              "type": "object",
              "additionalProperties": false,
              "required": ["liveness", "readiness"],
              "properties": {
                "liveness": { "$ref": "#/$defs/path" },
                "readiness": { "$ref": "#/$defs/path" },
                "share": { "$ref": "#/$defs/path" },
                "config": { "$ref": "#/$defs/path" },
                "metrics": { "$ref": "#/$defs/path" }
              }
            },
            "migrations": {
              "type": "object",
              "additionalProperties": false,
              "required": ["arguments", "tables"],
              "properties": {
                "arguments": { "type": "array", "items": { "type": "string" } },
                "tables": { "type": "array", "items": { "type": "string" } },
                "history": { "type": "array", "items": { "$ref": "#/$defs/migration" } }
              }
            },
            "start_budget_seconds": { "type": "integer", "minimum": 1 },
            "drain_seconds": { "type": "integer", "minimum": 0 },
            "bind_address": { "type": "string" },
            "providers": { "type": "array", "items": { "$ref": "#/$defs/provider" } },
            "databases": { "type": "array", "items": { "$ref": "#/$defs/database" } },
            "queues": {
              "type": "object",
              "additionalProperties": false,
              "required": ["variable"],
              "properties": {
                "variable": { "type": "string" },
                "produces": { "type": "array", "items": { "type": "string" } },
                "consumes": { "type": "array", "items": { "type": "string" } }
              }
            },
            "check_arguments": { "type": "array", "items": { "type": "string" } },
            "smoke_suites": { "type": "array", "items": { "type": "string" } }
          },
          "$defs": {
            "path": { "type": "string", "pattern": "^/" },
            "migration": {
              "type": "object",
              "additionalProperties": false,
              "required": ["owner", "id", "checksums"],
              "properties": {
                "owner": { "type": "string" },
                "id": { "type": "string" },
                "checksums": { "type": "object", "additionalProperties": { "type": "string" } },
                "effect": {
                  "enum": ["expand", "contract"],
                  "description": "contract: it takes away or changes what an earlier release may use."
                }
              }
            },
            "provider": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "address_variable"],
              "properties": {
                "name": { "type": "string" },
                "address_variable": { "type": "string" },
                "key_variable": { "type": "string" },
                "probe_path": { "$ref": "#/$defs/path" }
              }
            },
            "database": {
              "type": "object",
              "additionalProperties": false,
              "required": ["variable"],
              "properties": {
                "variable": { "type": "string" },
                "minimum_postgres_version": { "type": "integer" },
                "extensions": { "type": "array", "items": { "type": "string" } },
                "tables": { "type": "array", "items": { "type": "string" } }
              }
            },
            "variable": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "kind", "summary"],
              "properties": {
                "name": { "type": "string", "minLength": 1, "not": { "pattern": "^TIDEGATE_" } },
                "kind": { "enum": ["string", "integer", "number", "boolean", "url", "duration", "list", "path"] },
                "summary": { "type": "string" },
                "required": { "type": "boolean" },
                "default": { "type": "string" },
                "secret": { "type": "boolean" },
                "allowed": { "type": "array", "items": { "type": "string" } },
                "minimum": { "type": "integer" },
                "maximum": { "type": "integer" },
                "pattern": { "type": "string" },
                "former_names": { "type": "array", "items": { "type": "string" } },
                "forbidden": { "type": "object", "additionalProperties": { "type": "array", "items": { "type": "string" } } },
                "required_in": { "type": "array", "items": { "type": "string" } },
                "format": { "enum": ["database-url", "broker-url", "signing-keys", "jwt", "api-key", "password",
                  "encryption-key", "certificate", "origins"] },
                "role": { "type": "string" },
                "agrees_on": { "type": "string" },
                "points_at": { "type": "string" },
                "needs_restart": { "type": "boolean" },
                "read_when": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["variable"],
                  "properties": {
                    "variable": { "type": "string" },
                    "values": { "type": "array", "items": { "type": "string" } },
                    "prefixes": { "type": "array", "items": { "type": "string" } }
                  }
                }
              }
            }
          }
        }

        """
}
