// All that a program gets from the headers. With -fkeep-inline-functions the object says which symbols they call, and
// its debug information which layouts they rely on.
#include <logbuf/logbuf.h>
#include <logbuf/logbuf.hpp>

template class logbuf::Producer<logbuf::Kind::mpsc>;
template class logbuf::Producer<logbuf::Kind::spsc>;
template class logbuf::Sender<logbuf::Kind::mpsc>;
template class logbuf::Sender<logbuf::Kind::spsc>;
