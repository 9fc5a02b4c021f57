/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`test/cli/openapi.test.ts > TAP > the contract of /api stands as it was reviewed > must match snapshot 1`] = `
{
  "/api/sources": {
    "get": {
      "summary": "All sources with what they pushed",
      "security": [
        {
          "token": []
        }
      ],
      "responses": {
        "200": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "sources": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "source_id": {
                          "type": "string"
                        },
                        "name": {
                          "type": "string"
                        },
                        "preset": {
                          "type": "string"
                        },
                        "state": {
                          "type": "string"
                        },
                        "actor_home_pages": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        },
                        "accepted": {
                          "type": "number"
                        },
                        "duplicate": {
                          "type": "number"
                        },
                        "refused": {
                          "type": "number"
                        },
                        "conflict": {
                          "type": "number"
                        },
                        "last_push_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "keys": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          },
                          "description": "keys that are valid now; secrets are shown once, when made"
                        }
                      },
                      "required": [
                        "source_id",
                        "name",
                        "preset",
                        "state",
                        "actor_home_pages",
                        "accepted",
                        "duplicate",
                        "refused",
                        "conflict",
                        "last_push_at",
                        "keys"
                      ],
                      "additionalProperties": false
                    }
                  }
                },
                "required": [
                  "sources"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/queue": {
    "get": {
      "summary": "What waits, oldest first",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "enum": [
              "ACTOR_UNKNOWN",
              "ACTOR_AMBIGUOUS",
              "ACTOR_OUT_OF_NAMESPACE",
              "ACTIVITY_UNKNOWN",
              "OFFERING_NOT_APPROVED",
              "BEFORE_APPROVAL",
              "UNIT_MISSING",
              "IMPLAUSIBLE_SPEED",
              "CLOCK_SKEW",
              "CONFLICT",
              "NOT_PASSED",
              "VOIDED_AFTER_POSTING",
              "RULE_FAULT",
              "SOURCE_NOT_LIVE"
            ]
          },
          "in": "query",
          "name": "reason",
          "required": false
        },
        {
          "schema": {
            "default": 0,
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "in": "query",
          "name": "after",
          "required": false,
          "description": "\`seq\` of the last item of the page before"
        },
        {
          "schema": {
            "default": 50,
            "type": "integer",
            "minimum": 1,
            "maximum": 500
          },
          "in": "query",
          "name": "size",
          "required": false
        }
      ],
      "security": [
        {
          "token": []
        }
      ],
      "responses": {
        "200": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "items": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "item_id": {
                          "type": "string"
                        },
                        "reason": {
                          "type": "string"
                        },
                        "source": {
                          "type": "string"
                        },
                        "statement_id": {
                          "type": "string"
                        },
                        "seq": {
                          "type": "number"
                        },
                        "teacher_hint": {
                          "type": "string"
                        },
                        "offering_hint": {
                          "type": "string"
                        },
                        "detail": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "rules": {
                          "type": "string"
                        },
                        "is_claim": {
                          "type": "boolean",
                          "description": "a claim was filed already; a person decides whether it stands"
                        },
                        "since": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "item_id",
                        "reason",
                        "source",
                        "statement_id",
                        "seq",
                        "teacher_hint",
                        "offering_hint",
                        "detail",
                        "rules",
                        "is_claim",
                        "since"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "total": {
                    "type": "number"
                  },
                  "counts": {
                    "type": "object",
                    "propertyNames": {
                      "type": "string"
                    },
                    "additionalProperties": {
                      "type": "number"
                    }
                  },
                  "settled": {
                    "type": "boolean"
                  }
                },
                "required": [
                  "items",
                  "total",
                  "counts",
                  "settled"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/queue/release": {
    "post": {
      "summary": "Let items pass in spite of their code",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "code": {
                  "type": "string",
                  "enum": [
                    "ACTOR_UNKNOWN",
                    "ACTOR_AMBIGUOUS",
                    "ACTOR_OUT_OF_NAMESPACE",
                    "ACTIVITY_UNKNOWN",
                    "OFFERING_NOT_APPROVED",
                    "BEFORE_APPROVAL",
                    "UNIT_MISSING",
                    "IMPLAUSIBLE_SPEED",
                    "CLOCK_SKEW",
                    "CONFLICT",
                    "NOT_PASSED",
                    "VOIDED_AFTER_POSTING",
                    "RULE_FAULT",
                    "SOURCE_NOT_LIVE"
                  ]
                },
                "item_ids": {
                  "minItems": 1,
                  "maxItems": 500,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "format": "uuid",
                    "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                  }
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "code",
                "item_ids",
                "reason"
              ]
            }
          }
        }
      },
      "security": [
        {
          "token": []
        }
      ],
      "responses": {
        "200": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "done": {
                    "type": "number"
                  }
                },
                "required": [
                  "done"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/queue/dismiss": {
    "post": {
      "summary": "Set items aside; they never become claims",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "code": {
                  "type": "string",
                  "enum": [
                    "ACTOR_UNKNOWN",
                    "ACTOR_AMBIGUOUS",
                    "ACTOR_OUT_OF_NAMESPACE",
                    "ACTIVITY_UNKNOWN",
                    "OFFERING_NOT_APPROVED",
                    "BEFORE_APPROVAL",
                    "UNIT_MISSING",
                    "IMPLAUSIBLE_SPEED",
                    "CLOCK_SKEW",
                    "CONFLICT",
                    "NOT_PASSED",
                    "VOIDED_AFTER_POSTING",
                    "RULE_FAULT",
                    "SOURCE_NOT_LIVE"
                  ]
                },
                "item_ids": {
                  "minItems": 1,
                  "maxItems": 500,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "format": "uuid",
                    "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                  }
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "code",
                "item_ids",
                "reason"
              ]
            }
          }
        }
      },
      "security": [
        {
          "token": []
        }
      ],
      "responses": {
        "200": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "done": {
                    "type": "number"
                  }
                },
                "required": [
                  "done"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/queue/voids": {
    "post": {
      "summary": "Decide on a claim whose source took its completion back",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "item_id": {
                  "type": "string",
                  "format": "uuid",
                  "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                },
                "verdict": {
                  "type": "string",
                  "enum": [
                    "reverse",
                    "keep"
                  ]
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "item_id",
                "verdict",
                "reason"
              ]
            }
          }
        }
      },
      "security": [
        {
          "token": []
        }
      ],
      "responses": {
        "200": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "done": {
                    "type": "number"
                  }
                },
                "required": [
                  "done"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}/receipts/{id}": {
    "get": {
      "parameters": [
        {
          "schema": {
            "type": "string"
          },
          "in": "path",
          "name": "source",
          "required": true
        },
        {
          "schema": {
            "type": "string"
          },
          "in": "path",
          "name": "id",
          "required": true
        }
      ],
      "responses": {
        "200": {
          "description": "Default Response"
        }
      }
    }
  }
}
`
