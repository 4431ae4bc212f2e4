"""The science of Vigil: streaming operators, network, files. No Qt, no LSL, no threads."""
