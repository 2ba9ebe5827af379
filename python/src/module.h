// The parts of the module, each in a file of its own.

#ifndef HASHVET_PYTHON_SRC_MODULE_H_
#define HASHVET_PYTHON_SRC_MODULE_H_

#include <nanobind/nanobind.h>

namespace hashvet::python {

void AddPictures(nanobind::module_& module);
void AddVerdicts(nanobind::module_& module);
void AddArrow(nanobind::module_& module);
void AddMatchers(nanobind::module_& module);
void AddIndexes(nanobind::module_& module);

}  // namespace hashvet::python

#endif  // HASHVET_PYTHON_SRC_MODULE_H_
