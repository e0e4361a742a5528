"""JEDI: one hypernetwork turns a trial's context embedding into the weights of a recurrent network."""
