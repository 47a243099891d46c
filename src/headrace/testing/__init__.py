"""Conformance suites: what a store, ours or a third party's, must pass.

Subclass a suite in a test module and give it the fixture that it names::

    from headrace.testing.stores import TrackingStoreSuite

    class TestMyStore(TrackingStoreSuite):
        @pytest.fixture
        def store(self):
            ...
"""
