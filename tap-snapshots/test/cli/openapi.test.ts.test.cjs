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
      "summary": "All sources with what they pushed and how they are",
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
                        "profile": {
                          "type": "string"
                        },
                        "state": {
                          "type": "string",
                          "enum": [
                            "trial",
                            "live",
                            "paused",
                            "revoked"
                          ]
                        },
                        "actor_home_pages": {
                          "minItems": 1,
                          "maxItems": 50,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 500
                          }
                        },
                        "outside": {
                          "type": "string",
                          "enum": [
                            "keep",
                            "refuse"
                          ]
                        },
                        "guard": {
                          "type": "string",
                          "enum": [
                            "block",
                            "seal",
                            "off"
                          ]
                        },
                        "on_void": {
                          "type": "string",
                          "enum": [
                            "review",
                            "auto"
                          ]
                        },
                        "on_conflict": {
                          "type": "string",
                          "enum": [
                            "refuse",
                            "quiet"
                          ]
                        },
                        "on_overload": {
                          "type": "string",
                          "enum": [
                            "refuse",
                            "wait"
                          ]
                        },
                        "hops": {
                          "type": "string",
                          "enum": [
                            "ignore",
                            "honour"
                          ],
                          "description": "honour: it is an installation that forwards to this one"
                        },
                        "rate_statements": {
                          "anyOf": [
                            {
                              "type": "integer",
                              "minimum": 1,
                              "maximum": 1000000000000
                            },
                            {
                              "type": "null"
                            }
                          ],
                          "description": "statements a second, in each process; null is without limit"
                        },
                        "rate_bytes": {
                          "anyOf": [
                            {
                              "type": "integer",
                              "minimum": 1,
                              "maximum": 1000000000000
                            },
                            {
                              "type": "null"
                            }
                          ],
                          "description": "bytes a second, in each process; null is without limit"
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
                        "created_at": {
                          "type": "string",
                          "description": "ISO 8601"
                        },
                        "last_push_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "keys": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          },
                          "description": "keys that are not revoked; secrets are shown once, when made"
                        },
                        "signed_webhooks": {
                          "type": "boolean",
                          "description": "its webhooks have to be signed with the secret that was set"
                        },
                        "credential_expires_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ],
                          "description": "when the last of its credentials ends; null: never"
                        },
                        "is_silent": {
                          "type": "boolean",
                          "description": "against its usual rhythm"
                        },
                        "silent_hours": {
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "usual_pause_hours": {
                          "description": "the longest pause of the last weeks",
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "last_day": {
                          "type": "object",
                          "properties": {
                            "requests": {
                              "type": "number"
                            },
                            "limited": {
                              "type": "number"
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
                            }
                          },
                          "required": [
                            "requests",
                            "limited",
                            "accepted",
                            "duplicate",
                            "refused",
                            "conflict"
                          ],
                          "additionalProperties": false
                        },
                        "error_rate": {
                          "description": "refused and conflicting among all statements of the last day",
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "delivery_lag_seconds": {
                          "type": "object",
                          "properties": {
                            "sample": {
                              "type": "number"
                            },
                            "backfilled": {
                              "type": "number"
                            },
                            "p50": {
                              "type": [
                                "number",
                                "null"
                              ]
                            },
                            "p95": {
                              "type": [
                                "number",
                                "null"
                              ]
                            }
                          },
                          "required": [
                            "sample",
                            "backfilled",
                            "p50",
                            "p95"
                          ],
                          "additionalProperties": false,
                          "description": "from timestamp to storing, over its newest pushes; imports and what is a month old are not in it"
                        },
                        "unread_since": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ],
                          "description": "since when its oldest statement waits to be read by the rules"
                        },
                        "clock_ahead_seconds": {
                          "description": "timestamps later than their receipt, at most",
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "parked_people": {
                          "type": "number"
                        },
                        "parked_since": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "waiting": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "code": {
                                "type": "string"
                              },
                              "completions": {
                                "type": "number"
                              },
                              "people": {
                                "type": "number"
                              },
                              "since": {
                                "type": "string",
                                "description": "ISO 8601"
                              }
                            },
                            "required": [
                              "code",
                              "completions",
                              "people",
                              "since"
                            ],
                            "additionalProperties": false
                          }
                        },
                        "alarms": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "kind": {
                                "type": "string",
                                "enum": [
                                  "silent",
                                  "refusals",
                                  "waiting",
                                  "expiry"
                                ]
                              },
                              "since": {
                                "type": "string",
                                "description": "ISO 8601"
                              },
                              "raised_at": {
                                "type": "string",
                                "description": "ISO 8601"
                              }
                            },
                            "required": [
                              "kind",
                              "since",
                              "raised_at"
                            ],
                            "additionalProperties": false
                          }
                        }
                      },
                      "required": [
                        "source_id",
                        "name",
                        "preset",
                        "profile",
                        "state",
                        "actor_home_pages",
                        "outside",
                        "guard",
                        "on_void",
                        "on_conflict",
                        "on_overload",
                        "hops",
                        "rate_statements",
                        "rate_bytes",
                        "accepted",
                        "duplicate",
                        "refused",
                        "conflict",
                        "created_at",
                        "last_push_at",
                        "keys",
                        "signed_webhooks",
                        "credential_expires_at",
                        "is_silent",
                        "silent_hours",
                        "usual_pause_hours",
                        "last_day",
                        "error_rate",
                        "delivery_lag_seconds",
                        "unread_since",
                        "clock_ahead_seconds",
                        "parked_people",
                        "parked_since",
                        "waiting",
                        "alarms"
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
    },
    "post": {
      "summary": "Register a source; its secret is shown once",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 120
                },
                "preset": {
                  "type": "string",
                  "enum": [
                    "xueshi-tool",
                    "moodle-logstore",
                    "cmi5",
                    "adl",
                    "articulate",
                    "h5p",
                    "scorm-wrapper",
                    "video-profile",
                    "openedx"
                  ]
                },
                "actor_home_pages": {
                  "minItems": 1,
                  "maxItems": 50,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 500
                  }
                },
                "state": {
                  "type": "string",
                  "enum": [
                    "trial",
                    "live"
                  ]
                },
                "scopes": {
                  "description": "all unless told less",
                  "minItems": 1,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "statements/write",
                      "statements/read/mine",
                      "statements/read",
                      "state",
                      "profile",
                      "define",
                      "all/read",
                      "all",
                      "statements/void"
                    ]
                  }
                },
                "expires_days": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 3660
                }
              },
              "required": [
                "name",
                "preset",
                "actor_home_pages"
              ],
              "additionalProperties": false
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
        "201": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "source_id": {
                    "type": "string"
                  },
                  "key": {
                    "type": "string"
                  },
                  "secret": {
                    "type": "string",
                    "description": "shown once"
                  },
                  "endpoint": {
                    "type": "string"
                  }
                },
                "required": [
                  "source_id",
                  "key",
                  "secret",
                  "endpoint"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}": {
    "get": {
      "summary": "One source with its credentials and the hours of the last weeks",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "source_id": {
                    "type": "string"
                  },
                  "name": {
                    "type": "string"
                  },
                  "preset": {
                    "type": "string"
                  },
                  "profile": {
                    "type": "string"
                  },
                  "state": {
                    "type": "string",
                    "enum": [
                      "trial",
                      "live",
                      "paused",
                      "revoked"
                    ]
                  },
                  "actor_home_pages": {
                    "minItems": 1,
                    "maxItems": 50,
                    "type": "array",
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 500
                    }
                  },
                  "outside": {
                    "type": "string",
                    "enum": [
                      "keep",
                      "refuse"
                    ]
                  },
                  "guard": {
                    "type": "string",
                    "enum": [
                      "block",
                      "seal",
                      "off"
                    ]
                  },
                  "on_void": {
                    "type": "string",
                    "enum": [
                      "review",
                      "auto"
                    ]
                  },
                  "on_conflict": {
                    "type": "string",
                    "enum": [
                      "refuse",
                      "quiet"
                    ]
                  },
                  "on_overload": {
                    "type": "string",
                    "enum": [
                      "refuse",
                      "wait"
                    ]
                  },
                  "hops": {
                    "type": "string",
                    "enum": [
                      "ignore",
                      "honour"
                    ],
                    "description": "honour: it is an installation that forwards to this one"
                  },
                  "rate_statements": {
                    "anyOf": [
                      {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 1000000000000
                      },
                      {
                        "type": "null"
                      }
                    ],
                    "description": "statements a second, in each process; null is without limit"
                  },
                  "rate_bytes": {
                    "anyOf": [
                      {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 1000000000000
                      },
                      {
                        "type": "null"
                      }
                    ],
                    "description": "bytes a second, in each process; null is without limit"
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
                  "created_at": {
                    "type": "string",
                    "description": "ISO 8601"
                  },
                  "last_push_at": {
                    "anyOf": [
                      {
                        "type": "string",
                        "description": "ISO 8601"
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "keys": {
                    "type": "array",
                    "items": {
                      "type": "string"
                    },
                    "description": "keys that are not revoked; secrets are shown once, when made"
                  },
                  "signed_webhooks": {
                    "type": "boolean",
                    "description": "its webhooks have to be signed with the secret that was set"
                  },
                  "credential_expires_at": {
                    "anyOf": [
                      {
                        "type": "string",
                        "description": "ISO 8601"
                      },
                      {
                        "type": "null"
                      }
                    ],
                    "description": "when the last of its credentials ends; null: never"
                  },
                  "is_silent": {
                    "type": "boolean",
                    "description": "against its usual rhythm"
                  },
                  "silent_hours": {
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "usual_pause_hours": {
                    "description": "the longest pause of the last weeks",
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "last_day": {
                    "type": "object",
                    "properties": {
                      "requests": {
                        "type": "number"
                      },
                      "limited": {
                        "type": "number"
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
                      }
                    },
                    "required": [
                      "requests",
                      "limited",
                      "accepted",
                      "duplicate",
                      "refused",
                      "conflict"
                    ],
                    "additionalProperties": false
                  },
                  "error_rate": {
                    "description": "refused and conflicting among all statements of the last day",
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "delivery_lag_seconds": {
                    "type": "object",
                    "properties": {
                      "sample": {
                        "type": "number"
                      },
                      "backfilled": {
                        "type": "number"
                      },
                      "p50": {
                        "type": [
                          "number",
                          "null"
                        ]
                      },
                      "p95": {
                        "type": [
                          "number",
                          "null"
                        ]
                      }
                    },
                    "required": [
                      "sample",
                      "backfilled",
                      "p50",
                      "p95"
                    ],
                    "additionalProperties": false,
                    "description": "from timestamp to storing, over its newest pushes; imports and what is a month old are not in it"
                  },
                  "unread_since": {
                    "anyOf": [
                      {
                        "type": "string",
                        "description": "ISO 8601"
                      },
                      {
                        "type": "null"
                      }
                    ],
                    "description": "since when its oldest statement waits to be read by the rules"
                  },
                  "clock_ahead_seconds": {
                    "description": "timestamps later than their receipt, at most",
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "parked_people": {
                    "type": "number"
                  },
                  "parked_since": {
                    "anyOf": [
                      {
                        "type": "string",
                        "description": "ISO 8601"
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "waiting": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": "string"
                        },
                        "completions": {
                          "type": "number"
                        },
                        "people": {
                          "type": "number"
                        },
                        "since": {
                          "type": "string",
                          "description": "ISO 8601"
                        }
                      },
                      "required": [
                        "code",
                        "completions",
                        "people",
                        "since"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "alarms": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "silent",
                            "refusals",
                            "waiting",
                            "expiry"
                          ]
                        },
                        "since": {
                          "type": "string",
                          "description": "ISO 8601"
                        },
                        "raised_at": {
                          "type": "string",
                          "description": "ISO 8601"
                        }
                      },
                      "required": [
                        "kind",
                        "since",
                        "raised_at"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "credentials": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "key": {
                          "type": "string"
                        },
                        "scopes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        },
                        "created_at": {
                          "type": "string",
                          "description": "ISO 8601"
                        },
                        "expires_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "last_used_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "revoked_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        }
                      },
                      "required": [
                        "key",
                        "scopes",
                        "created_at",
                        "expires_at",
                        "last_used_at",
                        "revoked_at"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "hours": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "hour": {
                          "type": "string",
                          "description": "ISO 8601"
                        },
                        "requests": {
                          "type": "number"
                        },
                        "limited": {
                          "type": "number"
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
                        }
                      },
                      "required": [
                        "hour",
                        "requests",
                        "limited",
                        "accepted",
                        "duplicate",
                        "refused",
                        "conflict"
                      ],
                      "additionalProperties": false
                    }
                  }
                },
                "required": [
                  "source_id",
                  "name",
                  "preset",
                  "profile",
                  "state",
                  "actor_home_pages",
                  "outside",
                  "guard",
                  "on_void",
                  "on_conflict",
                  "on_overload",
                  "hops",
                  "rate_statements",
                  "rate_bytes",
                  "accepted",
                  "duplicate",
                  "refused",
                  "conflict",
                  "created_at",
                  "last_push_at",
                  "keys",
                  "signed_webhooks",
                  "credential_expires_at",
                  "is_silent",
                  "silent_hours",
                  "usual_pause_hours",
                  "last_day",
                  "error_rate",
                  "delivery_lag_seconds",
                  "unread_since",
                  "clock_ahead_seconds",
                  "parked_people",
                  "parked_since",
                  "waiting",
                  "alarms",
                  "credentials",
                  "hours"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "patch": {
      "summary": "Change settings of a source; what is left out stays",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "state": {
                  "type": "string",
                  "enum": [
                    "trial",
                    "live",
                    "paused",
                    "revoked"
                  ]
                },
                "actor_home_pages": {
                  "minItems": 1,
                  "maxItems": 50,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 500
                  }
                },
                "outside": {
                  "type": "string",
                  "enum": [
                    "keep",
                    "refuse"
                  ]
                },
                "guard": {
                  "type": "string",
                  "enum": [
                    "block",
                    "seal",
                    "off"
                  ]
                },
                "on_void": {
                  "type": "string",
                  "enum": [
                    "review",
                    "auto"
                  ]
                },
                "on_conflict": {
                  "type": "string",
                  "enum": [
                    "refuse",
                    "quiet"
                  ]
                },
                "on_overload": {
                  "type": "string",
                  "enum": [
                    "refuse",
                    "wait"
                  ]
                },
                "hops": {
                  "type": "string",
                  "enum": [
                    "ignore",
                    "honour"
                  ],
                  "description": "honour: it is an installation that forwards to this one"
                },
                "rate_statements": {
                  "anyOf": [
                    {
                      "type": "integer",
                      "minimum": 1,
                      "maximum": 1000000000000
                    },
                    {
                      "type": "null"
                    }
                  ],
                  "description": "statements a second, in each process; null is without limit"
                },
                "rate_bytes": {
                  "anyOf": [
                    {
                      "type": "integer",
                      "minimum": 1,
                      "maximum": 1000000000000
                    },
                    {
                      "type": "null"
                    }
                  ],
                  "description": "bytes a second, in each process; null is without limit"
                },
                "discard_trial": {
                  "description": "with state live: what waited on trial is set aside",
                  "type": "boolean"
                }
              },
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "changed": {
                    "type": "array",
                    "items": {
                      "type": "string"
                    }
                  },
                  "discarded": {
                    "type": "number"
                  }
                },
                "required": [
                  "changed",
                  "discarded"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}/credentials": {
    "get": {
      "summary": "Credentials of a source, oldest first, those that were revoked too",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "credentials": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "key": {
                          "type": "string"
                        },
                        "scopes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        },
                        "created_at": {
                          "type": "string",
                          "description": "ISO 8601"
                        },
                        "expires_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "last_used_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "revoked_at": {
                          "anyOf": [
                            {
                              "type": "string",
                              "description": "ISO 8601"
                            },
                            {
                              "type": "null"
                            }
                          ]
                        }
                      },
                      "required": [
                        "key",
                        "scopes",
                        "created_at",
                        "expires_at",
                        "last_used_at",
                        "revoked_at"
                      ],
                      "additionalProperties": false
                    }
                  }
                },
                "required": [
                  "credentials"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "post": {
      "summary": "Make a further credential; the others stay good until they are revoked",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "scopes": {
                  "description": "all unless told less",
                  "minItems": 1,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "statements/write",
                      "statements/read/mine",
                      "statements/read",
                      "state",
                      "profile",
                      "define",
                      "all/read",
                      "all",
                      "statements/void"
                    ]
                  }
                },
                "expires_days": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 3660
                }
              },
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
        }
      ],
      "security": [
        {
          "token": []
        }
      ],
      "responses": {
        "201": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "source_id": {
                    "type": "string"
                  },
                  "key": {
                    "type": "string"
                  },
                  "secret": {
                    "type": "string",
                    "description": "shown once"
                  },
                  "endpoint": {
                    "type": "string"
                  }
                },
                "required": [
                  "source_id",
                  "key",
                  "secret",
                  "endpoint"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}/credentials/{key}/revoke": {
    "post": {
      "summary": "End a credential and its tokens, within a second",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
        },
        {
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 40
          },
          "in": "path",
          "name": "key",
          "required": true
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
                  "revoked": {
                    "type": "string"
                  }
                },
                "required": [
                  "revoked"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}/signing-secret": {
    "put": {
      "summary": "Set the secret with which the platform of a source signs webhooks; each has to be signed then",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "secret": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 300,
                  "description": "as the platform shows it"
                }
              },
              "required": [
                "secret"
              ],
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "changed": {
                    "type": "boolean"
                  }
                },
                "required": [
                  "changed"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "delete": {
      "summary": "Forget the signing secret of a source; its webhooks come by its credential alone",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "changed": {
                    "type": "boolean"
                  }
                },
                "required": [
                  "changed"
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
              "SOURCE_NOT_LIVE",
              "PII_IN_STATEMENT",
              "OVERLAP",
              "MAPPING_CHANGED"
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
                        },
                        "activity_id": {
                          "description": "of what waits for a mapping or a link: the activity as sent",
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "suggestions": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "offering": {
                                "type": "string"
                              },
                              "title": {
                                "type": "string"
                              },
                              "reason": {
                                "type": "string"
                              },
                              "like": {
                                "type": [
                                  "string",
                                  "null"
                                ]
                              }
                            },
                            "required": [
                              "offering",
                              "title",
                              "reason",
                              "like"
                            ],
                            "additionalProperties": false
                          },
                          "description": "offerings that an unmapped activity may be; nothing is credited by likeness"
                        },
                        "candidates": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "teacher_no": {
                                "type": "string"
                              },
                              "reason": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "teacher_no",
                              "reason"
                            ],
                            "additionalProperties": false
                          },
                          "description": "teachers whom an identifier without a link may mean"
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
                        "since",
                        "activity_id",
                        "suggestions",
                        "candidates"
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
                    "SOURCE_NOT_LIVE",
                    "PII_IN_STATEMENT",
                    "OVERLAP",
                    "MAPPING_CHANGED"
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
                    "SOURCE_NOT_LIVE",
                    "PII_IN_STATEMENT",
                    "OVERLAP",
                    "MAPPING_CHANGED"
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
  "/api/sources/{source}/aliases": {
    "get": {
      "summary": "Activities of a source that people mapped",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "aliases": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "activity": {
                          "type": "string"
                        },
                        "offering": {
                          "type": "string"
                        },
                        "made_by": {
                          "type": "string"
                        },
                        "reason": {
                          "type": "string"
                        },
                        "recorded_at": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "activity",
                        "offering",
                        "made_by",
                        "reason",
                        "recorded_at"
                      ],
                      "additionalProperties": false
                    }
                  }
                },
                "required": [
                  "aliases"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "post": {
      "summary": "Map activities to an offering; what waits for them is released",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "activities": {
                  "minItems": 1,
                  "maxItems": 500,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 2000
                  }
                },
                "offering": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 100
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "activities",
                "offering",
                "reason"
              ],
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "added": {
                    "type": "number"
                  }
                },
                "required": [
                  "added"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}/aliases/remove": {
    "post": {
      "summary": "Forget a mapping; claims that were filed by it stand",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "activity": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 2000
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "activity",
                "reason"
              ],
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "source",
          "required": true
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
                  "removed": {
                    "type": "string"
                  }
                },
                "required": [
                  "removed"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rules/try": {
    "post": {
      "summary": "What other rules would have decided over stored statements; writes nothing",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "source": {
                  "type": "string",
                  "minLength": 1,
                  "description": "name of the source"
                },
                "rules": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500000,
                  "description": "YAML: a whole rule set, or preset: and what differs from it"
                },
                "from": {
                  "type": "string"
                }
              },
              "required": [
                "source",
                "rules"
              ],
              "additionalProperties": false
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
                  "rules": {
                    "type": "string"
                  },
                  "statements": {
                    "type": "number"
                  },
                  "changed": {
                    "type": "number"
                  },
                  "newly_credited": {
                    "type": "number"
                  },
                  "no_longer_credited": {
                    "type": "number"
                  },
                  "credited_otherwise": {
                    "type": "number"
                  },
                  "completions_new": {
                    "type": "number"
                  },
                  "completions_lost": {
                    "type": "number"
                  },
                  "faults": {
                    "type": "number"
                  },
                  "codes": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": "string"
                        },
                        "entering": {
                          "type": "number"
                        },
                        "leaving": {
                          "type": "number"
                        }
                      },
                      "required": [
                        "code",
                        "entering",
                        "leaving"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "by_school": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "school": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "gain": {
                          "type": "string"
                        },
                        "lose": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "school",
                        "gain",
                        "lose"
                      ],
                      "additionalProperties": false
                    },
                    "description": "approved hours; empty for who may not see everybody"
                  },
                  "by_category": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "category": {
                          "type": "string"
                        },
                        "gain": {
                          "type": "string"
                        },
                        "lose": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "category",
                        "gain",
                        "lose"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "by_year": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "year": {
                          "type": "string"
                        },
                        "newly_credited": {
                          "type": "number"
                        },
                        "no_longer_credited": {
                          "type": "number"
                        },
                        "gain": {
                          "type": "string"
                        },
                        "lose": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "year",
                        "newly_credited",
                        "no_longer_credited",
                        "gain",
                        "lose"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "samples": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string"
                        },
                        "statement_id": {
                          "type": "string"
                        },
                        "teacher_no": {
                          "description": "null for who may not see everybody",
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "offering": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "before": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "after": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "reason": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "kind",
                        "statement_id",
                        "teacher_no",
                        "offering",
                        "before",
                        "after",
                        "reason"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "teachers_newly_met": {
                    "type": "number",
                    "description": "teachers who would meet a requirement that they do not meet"
                  },
                  "teachers_no_longer_met": {
                    "type": "number",
                    "description": "teachers who would no longer meet a requirement that they meet"
                  },
                  "requirements": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "requirement": {
                          "type": "string"
                        },
                        "quote": {
                          "description": "the policy’s words",
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "from": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "to": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "newly_met": {
                          "type": "number"
                        },
                        "no_longer_met": {
                          "type": "number"
                        }
                      },
                      "required": [
                        "requirement",
                        "quote",
                        "from",
                        "to",
                        "newly_met",
                        "no_longer_met"
                      ],
                      "additionalProperties": false
                    },
                    "description": "by requirement and window; only where something changes"
                  },
                  "teachers": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "change": {
                          "type": "string",
                          "enum": [
                            "newly_met",
                            "no_longer_met"
                          ]
                        },
                        "teacher_no": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "name": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "school": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "requirement": {
                          "type": "string"
                        },
                        "from": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "to": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "before": {
                          "type": "object",
                          "properties": {
                            "result": {
                              "type": "string",
                              "enum": [
                                "met",
                                "not_met",
                                "not_evaluated"
                              ]
                            },
                            "have": {
                              "description": "decimal text in the unit of the requirement",
                              "type": [
                                "string",
                                "null"
                              ]
                            }
                          },
                          "required": [
                            "result",
                            "have"
                          ],
                          "additionalProperties": false
                        },
                        "after": {
                          "type": "object",
                          "properties": {
                            "result": {
                              "type": "string",
                              "enum": [
                                "met",
                                "not_met",
                                "not_evaluated"
                              ]
                            },
                            "have": {
                              "description": "decimal text in the unit of the requirement",
                              "type": [
                                "string",
                                "null"
                              ]
                            }
                          },
                          "required": [
                            "result",
                            "have"
                          ],
                          "additionalProperties": false
                        },
                        "need": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "unit": {
                          "type": [
                            "string",
                            "null"
                          ]
                        }
                      },
                      "required": [
                        "change",
                        "teacher_no",
                        "name",
                        "school",
                        "requirement",
                        "from",
                        "to",
                        "before",
                        "after",
                        "need",
                        "unit"
                      ],
                      "additionalProperties": false
                    },
                    "description": "at most 200 of each change; number, name and school are null for who may not see everybody"
                  },
                  "closed_periods": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "period": {
                          "type": "number"
                        },
                        "late_claims": {
                          "type": "number",
                          "description": "without hours until somebody admits them late"
                        },
                        "late_hours": {
                          "type": "string",
                          "description": "what they would be worth, before caps"
                        },
                        "kept_claims": {
                          "type": "number",
                          "description": "taken back, though their hours stand until somebody decides on them"
                        },
                        "kept_hours": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "period",
                        "late_claims",
                        "late_hours",
                        "kept_claims",
                        "kept_hours"
                      ],
                      "additionalProperties": false
                    },
                    "description": "what closed years would not take"
                  }
                },
                "required": [
                  "rules",
                  "statements",
                  "changed",
                  "newly_credited",
                  "no_longer_credited",
                  "credited_otherwise",
                  "completions_new",
                  "completions_lost",
                  "faults",
                  "codes",
                  "by_school",
                  "by_category",
                  "by_year",
                  "samples",
                  "teachers_newly_met",
                  "teachers_no_longer_met",
                  "requirements",
                  "teachers",
                  "closed_periods"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rules": {
    "get": {
      "summary": "The versions of the rules of a source, newest first, and as what its statements were read",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "minLength": 1
          },
          "in": "query",
          "name": "source",
          "required": true,
          "description": "name of the source"
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
                  "preset": {
                    "type": "string"
                  },
                  "versions": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "version": {
                          "type": "number"
                        },
                        "valid_from": {
                          "type": "string"
                        },
                        "state": {
                          "type": "string"
                        },
                        "content_hash": {
                          "type": "string"
                        },
                        "reason": {
                          "type": "string"
                        },
                        "made_by": {
                          "type": "string"
                        },
                        "made_at": {
                          "type": "string"
                        },
                        "checked_by": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "checked_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "applied_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        }
                      },
                      "required": [
                        "version",
                        "valid_from",
                        "state",
                        "content_hash",
                        "reason",
                        "made_by",
                        "made_at",
                        "checked_by",
                        "checked_at",
                        "applied_at"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "read_as": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "outcome": {
                          "type": "string"
                        },
                        "statements": {
                          "type": "number"
                        }
                      },
                      "required": [
                        "outcome",
                        "statements"
                      ],
                      "additionalProperties": false
                    },
                    "description": "as what its statements were read when they came"
                  }
                },
                "required": [
                  "preset",
                  "versions",
                  "read_as"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "post": {
      "summary": "Propose rules for events from a day on",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "source": {
                  "type": "string",
                  "minLength": 1,
                  "description": "name of the source"
                },
                "rules": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500000,
                  "description": "YAML: a whole rule set, or preset: and what differs from it"
                },
                "from": {
                  "type": "string"
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "source",
                "rules",
                "from",
                "reason"
              ],
              "additionalProperties": false
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
                  "version": {
                    "type": "number"
                  },
                  "valid_from": {
                    "type": "string"
                  },
                  "state": {
                    "type": "string"
                  },
                  "content_hash": {
                    "type": "string"
                  },
                  "reason": {
                    "type": "string"
                  },
                  "made_by": {
                    "type": "string"
                  },
                  "made_at": {
                    "type": "string"
                  },
                  "checked_by": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "checked_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "applied_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                },
                "required": [
                  "version",
                  "valid_from",
                  "state",
                  "content_hash",
                  "reason",
                  "made_by",
                  "made_at",
                  "checked_by",
                  "checked_at",
                  "applied_at"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rules/document": {
    "get": {
      "summary": "A rule set of a source as YAML: one version, or what its preset says",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "minLength": 1
          },
          "in": "query",
          "name": "source",
          "required": true,
          "description": "name of the source"
        },
        {
          "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": 9007199254740991
          },
          "in": "query",
          "name": "version",
          "required": false,
          "description": "without it: the preset"
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
                  "rules": {
                    "type": "string"
                  }
                },
                "required": [
                  "rules"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rules/decide": {
    "post": {
      "summary": "Approve or reject proposed rules; the worker then reads again what was read before",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "source": {
                  "type": "string",
                  "minLength": 1,
                  "description": "name of the source"
                },
                "version": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 9007199254740991
                },
                "verdict": {
                  "type": "string",
                  "enum": [
                    "approve",
                    "reject"
                  ]
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "source",
                "version",
                "verdict",
                "reason"
              ],
              "additionalProperties": false
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
                  "version": {
                    "type": "number"
                  },
                  "valid_from": {
                    "type": "string"
                  },
                  "state": {
                    "type": "string"
                  },
                  "content_hash": {
                    "type": "string"
                  },
                  "reason": {
                    "type": "string"
                  },
                  "made_by": {
                    "type": "string"
                  },
                  "made_at": {
                    "type": "string"
                  },
                  "checked_by": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "checked_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "applied_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                },
                "required": [
                  "version",
                  "valid_from",
                  "state",
                  "content_hash",
                  "reason",
                  "made_by",
                  "made_at",
                  "checked_by",
                  "checked_at",
                  "applied_at"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected": {
    "get": {
      "summary": "Requests that were refused for their content, newest first",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "query",
          "name": "source",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "enum": [
              "invalid-json",
              "too-deep",
              "too-many-statements",
              "too-many-attachments",
              "repeated-property",
              "wrong-type",
              "null-value",
              "unknown-property",
              "missing-property",
              "wrong-value",
              "identifier-count",
              "member-required",
              "invalid-iri",
              "invalid-mailbox",
              "invalid-sha1",
              "invalid-uuid",
              "invalid-timestamp",
              "invalid-duration",
              "invalid-language",
              "out-of-range",
              "not-for-object",
              "void-target",
              "repeated-id",
              "id-mismatch",
              "interaction-type",
              "attachment-missing",
              "attachment-length",
              "attachment-header",
              "attachment-hash",
              "attachment-excess",
              "multipart-invalid",
              "multipart-statements",
              "signature-missing",
              "signature-invalid",
              "signature-mismatch",
              "pii-in-statement",
              "actor-out-of-namespace",
              "statement-conflict",
              "masked-value",
              "cut-off",
              "no-statement"
            ]
          },
          "in": "query",
          "name": "code",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "enum": [
              "open",
              "mended",
              "dismissed"
            ]
          },
          "in": "query",
          "name": "state",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "query",
          "name": "before",
          "required": false,
          "description": "\`rejected_id\` of the last of the page before"
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
                  "inputs": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "rejected_id": {
                          "type": "string",
                          "description": "also the receipt that the sender was given"
                        },
                        "source_id": {
                          "type": "string"
                        },
                        "source": {
                          "type": "string"
                        },
                        "received_at": {
                          "type": "string"
                        },
                        "status": {
                          "type": "number",
                          "description": "the answer it got"
                        },
                        "method": {
                          "type": "string"
                        },
                        "via": {
                          "type": "string",
                          "description": "push, or the adapter that it came through"
                        },
                        "codes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          },
                          "description": "its faults, each once"
                        },
                        "bytes": {
                          "type": "number"
                        },
                        "masked": {
                          "type": "boolean",
                          "description": "identity numbers in it are starred out"
                        },
                        "state": {
                          "type": "string",
                          "enum": [
                            "open",
                            "mended",
                            "dismissed"
                          ]
                        }
                      },
                      "required": [
                        "rejected_id",
                        "source_id",
                        "source",
                        "received_at",
                        "status",
                        "method",
                        "via",
                        "codes",
                        "bytes",
                        "masked",
                        "state"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "total": {
                    "type": "number"
                  },
                  "open_by_code": {
                    "type": "object",
                    "propertyNames": {
                      "type": "string"
                    },
                    "additionalProperties": {
                      "type": "number"
                    },
                    "description": "open requests by fault, of the source asked for or of all"
                  }
                },
                "required": [
                  "inputs",
                  "total",
                  "open_by_code"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected/mendings": {
    "get": {
      "summary": "The mendings there are",
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
                  "mendings": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "name": {
                          "type": "string",
                          "enum": [
                            "add-mailto",
                            "trim",
                            "plain-uuid",
                            "add-scheme",
                            "encode-blanks",
                            "text-to-boolean",
                            "text-to-number",
                            "remove-empty",
                            "remove-unknown",
                            "plain-timestamp",
                            "seconds-to-duration",
                            "new-id"
                          ]
                        },
                        "does": {
                          "type": "string"
                        },
                        "codes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        }
                      },
                      "required": [
                        "name",
                        "does",
                        "codes"
                      ],
                      "additionalProperties": false
                    }
                  }
                },
                "required": [
                  "mendings"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected/{id}": {
    "get": {
      "summary": "One refused request with its statements and their faults",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "id",
          "required": true
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
                  "rejected_id": {
                    "type": "string",
                    "description": "also the receipt that the sender was given"
                  },
                  "source_id": {
                    "type": "string"
                  },
                  "source": {
                    "type": "string"
                  },
                  "received_at": {
                    "type": "string"
                  },
                  "status": {
                    "type": "number",
                    "description": "the answer it got"
                  },
                  "method": {
                    "type": "string"
                  },
                  "via": {
                    "type": "string",
                    "description": "push, or the adapter that it came through"
                  },
                  "bytes": {
                    "type": "number"
                  },
                  "masked": {
                    "type": "boolean",
                    "description": "identity numbers in it are starred out"
                  },
                  "state": {
                    "type": "string",
                    "enum": [
                      "open",
                      "mended",
                      "dismissed"
                    ]
                  },
                  "version": {
                    "type": "string"
                  },
                  "statement_id": {
                    "description": "the id that the address of a PUT named",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "headers": {
                    "type": "object",
                    "propertyNames": {
                      "type": "string"
                    },
                    "additionalProperties": {
                      "type": "string"
                    }
                  },
                  "cut": {
                    "type": "boolean",
                    "description": "it was longer than what is kept of one"
                  },
                  "body": {
                    "description": "as it came, identity numbers starred out; null if large or no text",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "errors": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "index": {
                          "type": "number"
                        },
                        "statement_id": {
                          "type": "string"
                        },
                        "pointer": {
                          "type": "string"
                        },
                        "code": {
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "detail"
                      ],
                      "additionalProperties": false
                    },
                    "description": "what was wrong when it came"
                  },
                  "settled_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "settled_by": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "settled_reason": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "replayed": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "statement_id": {
                          "type": "string"
                        },
                        "seq": {
                          "type": "number"
                        },
                        "index": {
                          "type": "number"
                        },
                        "operator": {
                          "type": "string"
                        },
                        "reason": {
                          "type": "string"
                        },
                        "changes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        },
                        "replayed_at": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "statement_id",
                        "seq",
                        "index",
                        "operator",
                        "reason",
                        "changes",
                        "replayed_at"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "ready": {
                    "type": "boolean",
                    "description": "nothing is in the way of a replay"
                  },
                  "total": {
                    "type": "number",
                    "description": "statements in it"
                  },
                  "remaining": {
                    "type": "number",
                    "description": "statements that still have faults"
                  },
                  "statements": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "index": {
                          "type": "number"
                        },
                        "before": {
                          "type": "string"
                        },
                        "after": {
                          "type": "string"
                        },
                        "changed": {
                          "type": "boolean"
                        },
                        "left_out": {
                          "type": "boolean"
                        },
                        "changes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        },
                        "faults_before": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "index": {
                                "type": "number"
                              },
                              "statement_id": {
                                "type": "string"
                              },
                              "pointer": {
                                "type": "string"
                              },
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "detail"
                            ],
                            "additionalProperties": false
                          }
                        },
                        "faults_after": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "index": {
                                "type": "number"
                              },
                              "statement_id": {
                                "type": "string"
                              },
                              "pointer": {
                                "type": "string"
                              },
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "detail"
                            ],
                            "additionalProperties": false
                          }
                        },
                        "stored": {
                          "type": "boolean",
                          "description": "the same statement is stored already"
                        }
                      },
                      "required": [
                        "index",
                        "before",
                        "after",
                        "changed",
                        "left_out",
                        "changes",
                        "faults_before",
                        "faults_after",
                        "stored"
                      ],
                      "additionalProperties": false
                    },
                    "description": "those with faults first, at most 200"
                  }
                },
                "required": [
                  "rejected_id",
                  "source_id",
                  "source",
                  "received_at",
                  "status",
                  "method",
                  "via",
                  "bytes",
                  "masked",
                  "state",
                  "version",
                  "statement_id",
                  "headers",
                  "cut",
                  "body",
                  "errors",
                  "settled_at",
                  "settled_by",
                  "settled_reason",
                  "replayed",
                  "ready",
                  "total",
                  "remaining",
                  "statements"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected/{id}/preview": {
    "post": {
      "summary": "What a mending would make of a refused request; changes nothing",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "body": {
                  "description": "a new body, where what came cannot be taken apart",
                  "type": "string",
                  "maxLength": 6291456
                },
                "edits": {
                  "maxItems": 500,
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "index": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "text": {
                        "type": "string",
                        "maxLength": 1048576
                      }
                    },
                    "required": [
                      "index",
                      "text"
                    ]
                  }
                },
                "mendings": {
                  "maxItems": 12,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "add-mailto",
                      "trim",
                      "plain-uuid",
                      "add-scheme",
                      "encode-blanks",
                      "text-to-boolean",
                      "text-to-number",
                      "remove-empty",
                      "remove-unknown",
                      "plain-timestamp",
                      "seconds-to-duration",
                      "new-id"
                    ]
                  }
                },
                "leave_out": {
                  "maxItems": 5000,
                  "type": "array",
                  "items": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "id",
          "required": true
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
                  "ready": {
                    "type": "boolean",
                    "description": "nothing is in the way of a replay"
                  },
                  "total": {
                    "type": "number",
                    "description": "statements in it"
                  },
                  "remaining": {
                    "type": "number",
                    "description": "statements that still have faults"
                  },
                  "statements": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "index": {
                          "type": "number"
                        },
                        "before": {
                          "type": "string"
                        },
                        "after": {
                          "type": "string"
                        },
                        "changed": {
                          "type": "boolean"
                        },
                        "left_out": {
                          "type": "boolean"
                        },
                        "changes": {
                          "type": "array",
                          "items": {
                            "type": "string"
                          }
                        },
                        "faults_before": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "index": {
                                "type": "number"
                              },
                              "statement_id": {
                                "type": "string"
                              },
                              "pointer": {
                                "type": "string"
                              },
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "detail"
                            ],
                            "additionalProperties": false
                          }
                        },
                        "faults_after": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "index": {
                                "type": "number"
                              },
                              "statement_id": {
                                "type": "string"
                              },
                              "pointer": {
                                "type": "string"
                              },
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "detail"
                            ],
                            "additionalProperties": false
                          }
                        },
                        "stored": {
                          "type": "boolean",
                          "description": "the same statement is stored already"
                        }
                      },
                      "required": [
                        "index",
                        "before",
                        "after",
                        "changed",
                        "left_out",
                        "changes",
                        "faults_before",
                        "faults_after",
                        "stored"
                      ],
                      "additionalProperties": false
                    },
                    "description": "those with faults first, at most 200"
                  }
                },
                "required": [
                  "ready",
                  "total",
                  "remaining",
                  "statements"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected/{id}/replay": {
    "post": {
      "summary": "Mend a refused request and store its statements, all or none",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "body": {
                  "description": "a new body, where what came cannot be taken apart",
                  "type": "string",
                  "maxLength": 6291456
                },
                "edits": {
                  "maxItems": 500,
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "index": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "text": {
                        "type": "string",
                        "maxLength": 1048576
                      }
                    },
                    "required": [
                      "index",
                      "text"
                    ]
                  }
                },
                "mendings": {
                  "maxItems": 12,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "add-mailto",
                      "trim",
                      "plain-uuid",
                      "add-scheme",
                      "encode-blanks",
                      "text-to-boolean",
                      "text-to-number",
                      "remove-empty",
                      "remove-unknown",
                      "plain-timestamp",
                      "seconds-to-duration",
                      "new-id"
                    ]
                  }
                },
                "leave_out": {
                  "maxItems": 5000,
                  "type": "array",
                  "items": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "reason"
              ]
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "id",
          "required": true
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
                  "receipt": {
                    "type": "string"
                  },
                  "accepted": {
                    "type": "number"
                  },
                  "duplicate": {
                    "type": "number"
                  },
                  "statement_ids": {
                    "type": "array",
                    "items": {
                      "type": "string"
                    }
                  }
                },
                "required": [
                  "receipt",
                  "accepted",
                  "duplicate",
                  "statement_ids"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected/{id}/dismiss": {
    "post": {
      "summary": "Set a refused request aside for good",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "reason"
              ]
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "id",
          "required": true
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
                  "state": {
                    "type": "string",
                    "enum": [
                      "open",
                      "mended",
                      "dismissed"
                    ]
                  }
                },
                "required": [
                  "state"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/rejected/mend": {
    "post": {
      "summary": "Apply mendings to everything that waits under one fault; without \`apply\` only preview",
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
                    "invalid-json",
                    "too-deep",
                    "too-many-statements",
                    "too-many-attachments",
                    "repeated-property",
                    "wrong-type",
                    "null-value",
                    "unknown-property",
                    "missing-property",
                    "wrong-value",
                    "identifier-count",
                    "member-required",
                    "invalid-iri",
                    "invalid-mailbox",
                    "invalid-sha1",
                    "invalid-uuid",
                    "invalid-timestamp",
                    "invalid-duration",
                    "invalid-language",
                    "out-of-range",
                    "not-for-object",
                    "void-target",
                    "repeated-id",
                    "id-mismatch",
                    "interaction-type",
                    "attachment-missing",
                    "attachment-length",
                    "attachment-header",
                    "attachment-hash",
                    "attachment-excess",
                    "multipart-invalid",
                    "multipart-statements",
                    "signature-missing",
                    "signature-invalid",
                    "signature-mismatch",
                    "pii-in-statement",
                    "actor-out-of-namespace",
                    "statement-conflict",
                    "masked-value",
                    "cut-off",
                    "no-statement"
                  ]
                },
                "mendings": {
                  "minItems": 1,
                  "maxItems": 12,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "add-mailto",
                      "trim",
                      "plain-uuid",
                      "add-scheme",
                      "encode-blanks",
                      "text-to-boolean",
                      "text-to-number",
                      "remove-empty",
                      "remove-unknown",
                      "plain-timestamp",
                      "seconds-to-duration",
                      "new-id"
                    ]
                  }
                },
                "source": {
                  "type": "string",
                  "format": "uuid",
                  "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                },
                "after": {
                  "description": "\`next\` of the answer before",
                  "type": "string",
                  "format": "uuid",
                  "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                },
                "size": {
                  "default": 50,
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 100
                },
                "apply": {
                  "default": false,
                  "type": "boolean"
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 500
                }
              },
              "required": [
                "code",
                "mendings"
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
                  "inputs": {
                    "type": "number"
                  },
                  "ready": {
                    "type": "number"
                  },
                  "accepted": {
                    "type": "number"
                  },
                  "duplicate": {
                    "type": "number"
                  },
                  "refused": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "rejected_id": {
                          "type": "string"
                        },
                        "code": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "errors": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "index": {
                                "type": "number"
                              },
                              "statement_id": {
                                "type": "string"
                              },
                              "pointer": {
                                "type": "string"
                              },
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "detail"
                            ],
                            "additionalProperties": false
                          }
                        }
                      },
                      "required": [
                        "rejected_id",
                        "code",
                        "errors"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "samples": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "rejected_id": {
                          "type": "string"
                        },
                        "index": {
                          "type": "number"
                        },
                        "before": {
                          "type": "string"
                        },
                        "after": {
                          "type": "string"
                        },
                        "faults_after": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "index": {
                                "type": "number"
                              },
                              "statement_id": {
                                "type": "string"
                              },
                              "pointer": {
                                "type": "string"
                              },
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            },
                            "required": [
                              "detail"
                            ],
                            "additionalProperties": false
                          }
                        }
                      },
                      "required": [
                        "rejected_id",
                        "index",
                        "before",
                        "after",
                        "faults_after"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "next": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                },
                "required": [
                  "inputs",
                  "ready",
                  "accepted",
                  "duplicate",
                  "refused",
                  "samples",
                  "next"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/destinations": {
    "get": {
      "summary": "All destinations with what waits, failed and is dead",
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
                  "destinations": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "destination_id": {
                          "type": "string"
                        },
                        "name": {
                          "type": "string"
                        },
                        "kind": {
                          "type": "string",
                          "enum": [
                            "lrs",
                            "webhook"
                          ]
                        },
                        "url": {
                          "type": "string"
                        },
                        "version": {
                          "description": "xAPI version spoken to an LRS",
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "filter": {
                          "type": "object",
                          "properties": {
                            "sources": {
                              "description": "ids of the sources that pushed it",
                              "minItems": 1,
                              "maxItems": 200,
                              "type": "array",
                              "items": {
                                "type": "string",
                                "format": "uuid",
                                "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                              }
                            },
                            "verbs": {
                              "minItems": 1,
                              "maxItems": 200,
                              "type": "array",
                              "items": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 2000
                              }
                            },
                            "activities": {
                              "description": "ids of its object, or of an activity in its context",
                              "minItems": 1,
                              "maxItems": 200,
                              "type": "array",
                              "items": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 2000
                              }
                            },
                            "object_types": {
                              "description": "Activity, Agent, Group, SubStatement, StatementRef, or the type of an activity",
                              "minItems": 1,
                              "maxItems": 200,
                              "type": "array",
                              "items": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 2000
                              }
                            },
                            "categories": {
                              "description": "ids in context.contextActivities.category: profiles",
                              "minItems": 1,
                              "maxItems": 200,
                              "type": "array",
                              "items": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 2000
                              }
                            },
                            "outcomes": {
                              "description": "what conversion made of it; it is sent when it first comes to one of these",
                              "minItems": 1,
                              "type": "array",
                              "items": {
                                "type": "string",
                                "enum": [
                                  "claimed",
                                  "parked",
                                  "quarantined",
                                  "dismissed",
                                  "withdrawn"
                                ]
                              }
                            }
                          },
                          "additionalProperties": false
                        },
                        "redaction": {
                          "anyOf": [
                            {
                              "type": "object",
                              "properties": {
                                "names": {
                                  "default": "keep",
                                  "description": "names of people and groups",
                                  "type": "string",
                                  "enum": [
                                    "keep",
                                    "drop"
                                  ]
                                },
                                "actors": {
                                  "default": "keep",
                                  "description": "pseudonym: everyone is an account of a keyed hash, another at each destination; drops names too",
                                  "type": "string",
                                  "enum": [
                                    "keep",
                                    "pseudonym"
                                  ]
                                }
                              },
                              "required": [
                                "names",
                                "actors"
                              ],
                              "additionalProperties": false
                            },
                            {
                              "type": "null"
                            }
                          ]
                        },
                        "events": {
                          "type": "array",
                          "items": {
                            "type": "string",
                            "enum": [
                              "completion.accepted",
                              "claim.posted",
                              "claim.reversed",
                              "statement.quarantined",
                              "source.silent"
                            ]
                          }
                        },
                        "source_id": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "has_credential": {
                          "type": "boolean"
                        },
                        "state": {
                          "type": "string",
                          "enum": [
                            "active",
                            "paused",
                            "removed"
                          ]
                        },
                        "pause_code": {
                          "description": "why it is paused: a delivery code, or by_hand",
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "pending": {
                          "type": "number",
                          "description": "entered and not there yet"
                        },
                        "failed": {
                          "type": "number",
                          "description": "of those: tried, and failed so far"
                        },
                        "dead": {
                          "type": "number",
                          "description": "given up; replay puts them back in line"
                        },
                        "behind": {
                          "type": "number",
                          "description": "statements that were not looked at yet"
                        },
                        "lag_seconds": {
                          "type": "number",
                          "description": "how long the oldest of all these has waited"
                        },
                        "failures": {
                          "type": "number",
                          "description": "failed attempts in a row"
                        },
                        "next_try_at": {
                          "description": "while it backs off",
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "last_status": {
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "last_code": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "last_attempt_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "last_success_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "created_at": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "destination_id",
                        "name",
                        "kind",
                        "url",
                        "version",
                        "filter",
                        "redaction",
                        "events",
                        "source_id",
                        "has_credential",
                        "state",
                        "pause_code",
                        "pending",
                        "failed",
                        "dead",
                        "behind",
                        "lag_seconds",
                        "failures",
                        "next_try_at",
                        "last_status",
                        "last_code",
                        "last_attempt_at",
                        "last_success_at",
                        "created_at"
                      ],
                      "additionalProperties": false
                    }
                  }
                },
                "required": [
                  "destinations"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "post": {
      "summary": "Add a destination; the secret of a webhook is shown once",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "oneOf": [
                {
                  "type": "object",
                  "properties": {
                    "kind": {
                      "type": "string",
                      "enum": [
                        "lrs"
                      ]
                    },
                    "name": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 120
                    },
                    "url": {
                      "type": "string",
                      "maxLength": 1000,
                      "description": "of an LRS: its endpoint, to which /statements is added"
                    },
                    "version": {
                      "default": "1.0.3",
                      "type": "string",
                      "enum": [
                        "1.0.3",
                        "2.0.0"
                      ],
                      "description": "xAPI version spoken to an LRS"
                    },
                    "filter": {
                      "default": {},
                      "type": "object",
                      "properties": {
                        "sources": {
                          "description": "ids of the sources that pushed it",
                          "minItems": 1,
                          "maxItems": 200,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "format": "uuid",
                            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                          }
                        },
                        "verbs": {
                          "minItems": 1,
                          "maxItems": 200,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 2000
                          }
                        },
                        "activities": {
                          "description": "ids of its object, or of an activity in its context",
                          "minItems": 1,
                          "maxItems": 200,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 2000
                          }
                        },
                        "object_types": {
                          "description": "Activity, Agent, Group, SubStatement, StatementRef, or the type of an activity",
                          "minItems": 1,
                          "maxItems": 200,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 2000
                          }
                        },
                        "categories": {
                          "description": "ids in context.contextActivities.category: profiles",
                          "minItems": 1,
                          "maxItems": 200,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 2000
                          }
                        },
                        "outcomes": {
                          "description": "what conversion made of it; it is sent when it first comes to one of these",
                          "minItems": 1,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "enum": [
                              "claimed",
                              "parked",
                              "quarantined",
                              "dismissed",
                              "withdrawn"
                            ]
                          }
                        }
                      },
                      "additionalProperties": false
                    },
                    "redaction": {
                      "default": {
                        "names": "keep",
                        "actors": "keep"
                      },
                      "type": "object",
                      "properties": {
                        "names": {
                          "default": "keep",
                          "description": "names of people and groups",
                          "type": "string",
                          "enum": [
                            "keep",
                            "drop"
                          ]
                        },
                        "actors": {
                          "default": "keep",
                          "description": "pseudonym: everyone is an account of a keyed hash, another at each destination; drops names too",
                          "type": "string",
                          "enum": [
                            "keep",
                            "pseudonym"
                          ]
                        }
                      },
                      "additionalProperties": false
                    },
                    "source_id": {
                      "default": null,
                      "anyOf": [
                        {
                          "type": "string",
                          "format": "uuid",
                          "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                        },
                        {
                          "type": "null"
                        }
                      ],
                      "description": "the source that this receiver is: nothing of its own returns to it"
                    },
                    "credential": {
                      "default": {
                        "kind": "none"
                      },
                      "oneOf": [
                        {
                          "type": "object",
                          "properties": {
                            "kind": {
                              "type": "string",
                              "enum": [
                                "none"
                              ]
                            }
                          },
                          "required": [
                            "kind"
                          ],
                          "additionalProperties": false
                        },
                        {
                          "type": "object",
                          "properties": {
                            "kind": {
                              "type": "string",
                              "enum": [
                                "basic"
                              ]
                            },
                            "key": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 500
                            },
                            "secret": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 500
                            }
                          },
                          "required": [
                            "kind",
                            "key",
                            "secret"
                          ],
                          "additionalProperties": false
                        },
                        {
                          "type": "object",
                          "properties": {
                            "kind": {
                              "type": "string",
                              "enum": [
                                "oauth"
                              ]
                            },
                            "token_url": {
                              "type": "string",
                              "maxLength": 1000
                            },
                            "client_id": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 500
                            },
                            "client_secret": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 500
                            },
                            "scope": {
                              "type": "string",
                              "maxLength": 500
                            }
                          },
                          "required": [
                            "kind",
                            "token_url",
                            "client_id",
                            "client_secret"
                          ],
                          "additionalProperties": false
                        }
                      ]
                    },
                    "from": {
                      "default": "now",
                      "description": "start: what is stored already is sent too",
                      "type": "string",
                      "enum": [
                        "now",
                        "start"
                      ]
                    }
                  },
                  "required": [
                    "kind",
                    "name",
                    "url"
                  ],
                  "additionalProperties": false
                },
                {
                  "type": "object",
                  "properties": {
                    "kind": {
                      "type": "string",
                      "enum": [
                        "webhook"
                      ]
                    },
                    "name": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 120
                    },
                    "url": {
                      "type": "string",
                      "maxLength": 1000,
                      "description": "of an LRS: its endpoint, to which /statements is added"
                    },
                    "events": {
                      "minItems": 1,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "enum": [
                          "completion.accepted",
                          "claim.posted",
                          "claim.reversed",
                          "statement.quarantined",
                          "source.silent"
                        ]
                      }
                    },
                    "filter": {
                      "default": {},
                      "type": "object",
                      "properties": {
                        "sources": {
                          "description": "ids of the sources that pushed it",
                          "minItems": 1,
                          "maxItems": 200,
                          "type": "array",
                          "items": {
                            "type": "string",
                            "format": "uuid",
                            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                          }
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "required": [
                    "kind",
                    "name",
                    "url",
                    "events"
                  ],
                  "additionalProperties": false
                }
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
        "201": {
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "destination_id": {
                    "type": "string"
                  },
                  "secret": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                },
                "required": [
                  "destination_id",
                  "secret"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/destinations/{destination}": {
    "get": {
      "summary": "One destination",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "destination_id": {
                    "type": "string"
                  },
                  "name": {
                    "type": "string"
                  },
                  "kind": {
                    "type": "string",
                    "enum": [
                      "lrs",
                      "webhook"
                    ]
                  },
                  "url": {
                    "type": "string"
                  },
                  "version": {
                    "description": "xAPI version spoken to an LRS",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "filter": {
                    "type": "object",
                    "properties": {
                      "sources": {
                        "description": "ids of the sources that pushed it",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "format": "uuid",
                          "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                        }
                      },
                      "verbs": {
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "activities": {
                        "description": "ids of its object, or of an activity in its context",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "object_types": {
                        "description": "Activity, Agent, Group, SubStatement, StatementRef, or the type of an activity",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "categories": {
                        "description": "ids in context.contextActivities.category: profiles",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "outcomes": {
                        "description": "what conversion made of it; it is sent when it first comes to one of these",
                        "minItems": 1,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "enum": [
                            "claimed",
                            "parked",
                            "quarantined",
                            "dismissed",
                            "withdrawn"
                          ]
                        }
                      }
                    },
                    "additionalProperties": false
                  },
                  "redaction": {
                    "anyOf": [
                      {
                        "type": "object",
                        "properties": {
                          "names": {
                            "default": "keep",
                            "description": "names of people and groups",
                            "type": "string",
                            "enum": [
                              "keep",
                              "drop"
                            ]
                          },
                          "actors": {
                            "default": "keep",
                            "description": "pseudonym: everyone is an account of a keyed hash, another at each destination; drops names too",
                            "type": "string",
                            "enum": [
                              "keep",
                              "pseudonym"
                            ]
                          }
                        },
                        "required": [
                          "names",
                          "actors"
                        ],
                        "additionalProperties": false
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "events": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "enum": [
                        "completion.accepted",
                        "claim.posted",
                        "claim.reversed",
                        "statement.quarantined",
                        "source.silent"
                      ]
                    }
                  },
                  "source_id": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "has_credential": {
                    "type": "boolean"
                  },
                  "state": {
                    "type": "string",
                    "enum": [
                      "active",
                      "paused",
                      "removed"
                    ]
                  },
                  "pause_code": {
                    "description": "why it is paused: a delivery code, or by_hand",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "pending": {
                    "type": "number",
                    "description": "entered and not there yet"
                  },
                  "failed": {
                    "type": "number",
                    "description": "of those: tried, and failed so far"
                  },
                  "dead": {
                    "type": "number",
                    "description": "given up; replay puts them back in line"
                  },
                  "behind": {
                    "type": "number",
                    "description": "statements that were not looked at yet"
                  },
                  "lag_seconds": {
                    "type": "number",
                    "description": "how long the oldest of all these has waited"
                  },
                  "failures": {
                    "type": "number",
                    "description": "failed attempts in a row"
                  },
                  "next_try_at": {
                    "description": "while it backs off",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "last_status": {
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "last_code": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "last_attempt_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "last_success_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "created_at": {
                    "type": "string"
                  }
                },
                "required": [
                  "destination_id",
                  "name",
                  "kind",
                  "url",
                  "version",
                  "filter",
                  "redaction",
                  "events",
                  "source_id",
                  "has_credential",
                  "state",
                  "pause_code",
                  "pending",
                  "failed",
                  "dead",
                  "behind",
                  "lag_seconds",
                  "failures",
                  "next_try_at",
                  "last_status",
                  "last_code",
                  "last_attempt_at",
                  "last_success_at",
                  "created_at"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "patch": {
      "summary": "Change a destination; what is left out stays",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 120
                },
                "url": {
                  "type": "string",
                  "maxLength": 1000,
                  "description": "of an LRS: its endpoint, to which /statements is added"
                },
                "version": {
                  "type": "string",
                  "enum": [
                    "1.0.3",
                    "2.0.0"
                  ],
                  "description": "xAPI version spoken to an LRS"
                },
                "filter": {
                  "type": "object",
                  "properties": {
                    "sources": {
                      "description": "ids of the sources that pushed it",
                      "minItems": 1,
                      "maxItems": 200,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "format": "uuid",
                        "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                      }
                    },
                    "verbs": {
                      "minItems": 1,
                      "maxItems": 200,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 2000
                      }
                    },
                    "activities": {
                      "description": "ids of its object, or of an activity in its context",
                      "minItems": 1,
                      "maxItems": 200,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 2000
                      }
                    },
                    "object_types": {
                      "description": "Activity, Agent, Group, SubStatement, StatementRef, or the type of an activity",
                      "minItems": 1,
                      "maxItems": 200,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 2000
                      }
                    },
                    "categories": {
                      "description": "ids in context.contextActivities.category: profiles",
                      "minItems": 1,
                      "maxItems": 200,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 2000
                      }
                    },
                    "outcomes": {
                      "description": "what conversion made of it; it is sent when it first comes to one of these",
                      "minItems": 1,
                      "type": "array",
                      "items": {
                        "type": "string",
                        "enum": [
                          "claimed",
                          "parked",
                          "quarantined",
                          "dismissed",
                          "withdrawn"
                        ]
                      }
                    }
                  },
                  "additionalProperties": false
                },
                "redaction": {
                  "type": "object",
                  "properties": {
                    "names": {
                      "default": "keep",
                      "description": "names of people and groups",
                      "type": "string",
                      "enum": [
                        "keep",
                        "drop"
                      ]
                    },
                    "actors": {
                      "default": "keep",
                      "description": "pseudonym: everyone is an account of a keyed hash, another at each destination; drops names too",
                      "type": "string",
                      "enum": [
                        "keep",
                        "pseudonym"
                      ]
                    }
                  },
                  "additionalProperties": false
                },
                "events": {
                  "minItems": 1,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "completion.accepted",
                      "claim.posted",
                      "claim.reversed",
                      "statement.quarantined",
                      "source.silent"
                    ]
                  }
                },
                "source_id": {
                  "anyOf": [
                    {
                      "type": "string",
                      "format": "uuid",
                      "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                    },
                    {
                      "type": "null"
                    }
                  ],
                  "description": "the source that this receiver is: nothing of its own returns to it"
                },
                "credential": {
                  "oneOf": [
                    {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "none"
                          ]
                        }
                      },
                      "required": [
                        "kind"
                      ],
                      "additionalProperties": false
                    },
                    {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "basic"
                          ]
                        },
                        "key": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        },
                        "secret": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        }
                      },
                      "required": [
                        "kind",
                        "key",
                        "secret"
                      ],
                      "additionalProperties": false
                    },
                    {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "oauth"
                          ]
                        },
                        "token_url": {
                          "type": "string",
                          "maxLength": 1000
                        },
                        "client_id": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        },
                        "client_secret": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        },
                        "scope": {
                          "type": "string",
                          "maxLength": 500
                        }
                      },
                      "required": [
                        "kind",
                        "token_url",
                        "client_id",
                        "client_secret"
                      ],
                      "additionalProperties": false
                    }
                  ]
                }
              },
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "destination_id": {
                    "type": "string"
                  },
                  "name": {
                    "type": "string"
                  },
                  "kind": {
                    "type": "string",
                    "enum": [
                      "lrs",
                      "webhook"
                    ]
                  },
                  "url": {
                    "type": "string"
                  },
                  "version": {
                    "description": "xAPI version spoken to an LRS",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "filter": {
                    "type": "object",
                    "properties": {
                      "sources": {
                        "description": "ids of the sources that pushed it",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "format": "uuid",
                          "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                        }
                      },
                      "verbs": {
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "activities": {
                        "description": "ids of its object, or of an activity in its context",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "object_types": {
                        "description": "Activity, Agent, Group, SubStatement, StatementRef, or the type of an activity",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "categories": {
                        "description": "ids in context.contextActivities.category: profiles",
                        "minItems": 1,
                        "maxItems": 200,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 2000
                        }
                      },
                      "outcomes": {
                        "description": "what conversion made of it; it is sent when it first comes to one of these",
                        "minItems": 1,
                        "type": "array",
                        "items": {
                          "type": "string",
                          "enum": [
                            "claimed",
                            "parked",
                            "quarantined",
                            "dismissed",
                            "withdrawn"
                          ]
                        }
                      }
                    },
                    "additionalProperties": false
                  },
                  "redaction": {
                    "anyOf": [
                      {
                        "type": "object",
                        "properties": {
                          "names": {
                            "default": "keep",
                            "description": "names of people and groups",
                            "type": "string",
                            "enum": [
                              "keep",
                              "drop"
                            ]
                          },
                          "actors": {
                            "default": "keep",
                            "description": "pseudonym: everyone is an account of a keyed hash, another at each destination; drops names too",
                            "type": "string",
                            "enum": [
                              "keep",
                              "pseudonym"
                            ]
                          }
                        },
                        "required": [
                          "names",
                          "actors"
                        ],
                        "additionalProperties": false
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "events": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "enum": [
                        "completion.accepted",
                        "claim.posted",
                        "claim.reversed",
                        "statement.quarantined",
                        "source.silent"
                      ]
                    }
                  },
                  "source_id": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "has_credential": {
                    "type": "boolean"
                  },
                  "state": {
                    "type": "string",
                    "enum": [
                      "active",
                      "paused",
                      "removed"
                    ]
                  },
                  "pause_code": {
                    "description": "why it is paused: a delivery code, or by_hand",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "pending": {
                    "type": "number",
                    "description": "entered and not there yet"
                  },
                  "failed": {
                    "type": "number",
                    "description": "of those: tried, and failed so far"
                  },
                  "dead": {
                    "type": "number",
                    "description": "given up; replay puts them back in line"
                  },
                  "behind": {
                    "type": "number",
                    "description": "statements that were not looked at yet"
                  },
                  "lag_seconds": {
                    "type": "number",
                    "description": "how long the oldest of all these has waited"
                  },
                  "failures": {
                    "type": "number",
                    "description": "failed attempts in a row"
                  },
                  "next_try_at": {
                    "description": "while it backs off",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "last_status": {
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "last_code": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "last_attempt_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "last_success_at": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "created_at": {
                    "type": "string"
                  }
                },
                "required": [
                  "destination_id",
                  "name",
                  "kind",
                  "url",
                  "version",
                  "filter",
                  "redaction",
                  "events",
                  "source_id",
                  "has_credential",
                  "state",
                  "pause_code",
                  "pending",
                  "failed",
                  "dead",
                  "behind",
                  "lag_seconds",
                  "failures",
                  "next_try_at",
                  "last_status",
                  "last_code",
                  "last_attempt_at",
                  "last_success_at",
                  "created_at"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    },
    "delete": {
      "summary": "Remove a destination for good",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "state": {
                    "type": "string",
                    "enum": [
                      "active",
                      "paused",
                      "removed"
                    ]
                  }
                },
                "required": [
                  "state"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/destinations/{destination}/pause": {
    "post": {
      "summary": "Send nothing until it is resumed",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "state": {
                    "type": "string",
                    "enum": [
                      "active",
                      "paused",
                      "removed"
                    ]
                  }
                },
                "required": [
                  "state"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/destinations/{destination}/resume": {
    "post": {
      "summary": "Send again, at once",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "state": {
                    "type": "string",
                    "enum": [
                      "active",
                      "paused",
                      "removed"
                    ]
                  }
                },
                "required": [
                  "state"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/destinations/{destination}/test": {
    "post": {
      "summary": "Ask the receiver once, now",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "ok": {
                    "type": "boolean"
                  },
                  "status": {
                    "type": [
                      "number",
                      "null"
                    ]
                  },
                  "code": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "milliseconds": {
                    "type": "number"
                  }
                },
                "required": [
                  "ok",
                  "status",
                  "code",
                  "milliseconds"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/destinations/{destination}/rotate": {
    "post": {
      "summary": "A new secret for a webhook, or the new credential that an LRS gave",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "overlap_hours": {
                  "default": 24,
                  "description": "so long both secrets sign",
                  "type": "integer",
                  "minimum": 0,
                  "maximum": 720
                },
                "credential": {
                  "oneOf": [
                    {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "none"
                          ]
                        }
                      },
                      "required": [
                        "kind"
                      ],
                      "additionalProperties": false
                    },
                    {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "basic"
                          ]
                        },
                        "key": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        },
                        "secret": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        }
                      },
                      "required": [
                        "kind",
                        "key",
                        "secret"
                      ],
                      "additionalProperties": false
                    },
                    {
                      "type": "object",
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "oauth"
                          ]
                        },
                        "token_url": {
                          "type": "string",
                          "maxLength": 1000
                        },
                        "client_id": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        },
                        "client_secret": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 500
                        },
                        "scope": {
                          "type": "string",
                          "maxLength": 500
                        }
                      },
                      "required": [
                        "kind",
                        "token_url",
                        "client_id",
                        "client_secret"
                      ],
                      "additionalProperties": false
                    }
                  ]
                }
              },
              "additionalProperties": false
            }
          }
        }
      },
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "path",
          "name": "destination",
          "required": true
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
                  "secret": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                },
                "required": [
                  "secret"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/deliveries": {
    "get": {
      "summary": "The log of deliveries, newest first",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "in": "query",
          "name": "destination_id",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "enum": [
              "waiting",
              "delivered",
              "dead"
            ]
          },
          "in": "query",
          "name": "state",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "enum": [
              "statement",
              "completion.accepted",
              "claim.posted",
              "claim.reversed",
              "statement.quarantined",
              "source.silent"
            ]
          },
          "in": "query",
          "name": "event",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "enum": [
              "REFUSED",
              "TOO_LARGE",
              "CONFLICT",
              "UNAUTHENTICATED",
              "FORBIDDEN",
              "NOT_FOUND",
              "REDIRECTED",
              "UNEXPECTED",
              "BUSY",
              "FAILING",
              "TIMEOUT",
              "NETWORK",
              "TLS_REFUSED",
              "ADDRESS_REFUSED",
              "GIVEN_UP",
              "SEALED",
              "GONE",
              "VERSION_UNSUITED",
              "UNSENDABLE"
            ]
          },
          "in": "query",
          "name": "code",
          "required": false
        },
        {
          "schema": {
            "type": "string",
            "pattern": "^\\\\d{1,16}_[0-9a-f-]{36}$"
          },
          "in": "query",
          "name": "after",
          "required": false,
          "description": "\`next\` of the page before"
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
                  "deliveries": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "delivery_id": {
                          "type": "string"
                        },
                        "destination_id": {
                          "type": "string"
                        },
                        "event": {
                          "type": "string",
                          "description": "statement, or the event of a webhook"
                        },
                        "seq": {
                          "description": "of a statement",
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "state": {
                          "type": "string",
                          "enum": [
                            "waiting",
                            "delivered",
                            "dead"
                          ]
                        },
                        "code": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "status": {
                          "type": [
                            "number",
                            "null"
                          ]
                        },
                        "attempts": {
                          "type": "number"
                        },
                        "queued_at": {
                          "type": "string"
                        },
                        "first_tried_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "finished_at": {
                          "type": [
                            "string",
                            "null"
                          ]
                        }
                      },
                      "required": [
                        "delivery_id",
                        "destination_id",
                        "event",
                        "seq",
                        "state",
                        "code",
                        "status",
                        "attempts",
                        "queued_at",
                        "first_tried_at",
                        "finished_at"
                      ],
                      "additionalProperties": false
                    }
                  },
                  "next": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                },
                "required": [
                  "deliveries",
                  "next"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/deliveries/replay": {
    "post": {
      "summary": "Put deliveries of one destination back in line, all that match",
      "requestBody": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "destination_id": {
                  "type": "string",
                  "format": "uuid",
                  "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                },
                "state": {
                  "default": "dead",
                  "type": "string",
                  "enum": [
                    "dead",
                    "delivered"
                  ]
                },
                "code": {
                  "type": "string",
                  "enum": [
                    "REFUSED",
                    "TOO_LARGE",
                    "CONFLICT",
                    "UNAUTHENTICATED",
                    "FORBIDDEN",
                    "NOT_FOUND",
                    "REDIRECTED",
                    "UNEXPECTED",
                    "BUSY",
                    "FAILING",
                    "TIMEOUT",
                    "NETWORK",
                    "TLS_REFUSED",
                    "ADDRESS_REFUSED",
                    "GIVEN_UP",
                    "SEALED",
                    "GONE",
                    "VERSION_UNSUITED",
                    "UNSENDABLE"
                  ]
                },
                "delivery_ids": {
                  "minItems": 1,
                  "maxItems": 500,
                  "type": "array",
                  "items": {
                    "type": "string",
                    "format": "uuid",
                    "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
                  }
                }
              },
              "required": [
                "destination_id"
              ],
              "additionalProperties": false
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
                  "replayed": {
                    "type": "number"
                  }
                },
                "required": [
                  "replayed"
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
      "summary": "What became of each statement of a request",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "enum": [
              "json",
              "csv"
            ]
          },
          "in": "query",
          "name": "format",
          "required": false
        },
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
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "receipt": {
                    "type": "string"
                  },
                  "complete": {
                    "type": "boolean",
                    "description": "false: too old to tell of repeats and conflicts; places are left out"
                  },
                  "statements": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "statement_id": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "received": {
                          "type": "string",
                          "enum": [
                            "accepted",
                            "duplicate",
                            "conflict",
                            "refused"
                          ]
                        },
                        "status": {
                          "type": "string"
                        }
                      },
                      "required": [
                        "statement_id",
                        "received",
                        "status"
                      ],
                      "additionalProperties": {}
                    }
                  }
                },
                "required": [
                  "receipt",
                  "complete",
                  "statements"
                ],
                "additionalProperties": false
              }
            }
          }
        }
      }
    }
  },
  "/api/sources/{source}/statements/{id}": {
    "get": {
      "summary": "What became of one statement, by its id",
      "parameters": [
        {
          "schema": {
            "type": "string",
            "enum": [
              "json",
              "csv"
            ]
          },
          "in": "query",
          "name": "format",
          "required": false
        },
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
          "description": "Default Response",
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "statement_id": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "received": {
                    "type": "string",
                    "enum": [
                      "accepted",
                      "duplicate",
                      "conflict",
                      "refused"
                    ]
                  },
                  "status": {
                    "type": "string"
                  }
                },
                "required": [
                  "statement_id",
                  "received",
                  "status"
                ],
                "additionalProperties": {}
              }
            }
          }
        }
      }
    }
  }
}
`
