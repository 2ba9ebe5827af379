// A value of a list is nothing that the audit log takes.

#include "hashvet/audit/audit_log.h"
#include "hashvet/hash/hash_value.h"

hashvet::AuditField FieldOf(const hashvet::HashValue& value) {
#ifdef MISUSE
  return {"entry", value};
#else
  return {"entry", std::string(hashvet::NameOf(value.kind()))};
#endif
}
