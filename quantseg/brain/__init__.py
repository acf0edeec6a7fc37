"""What several tasks know of a brain: the standard space it is brought into, and its tissues by brightness alone."""
